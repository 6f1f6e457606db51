using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Training;

/// <summary>Which groups each step sees.</summary>
public class DataOrderTests
{
    private static readonly TokenizedGroup[] Data = [.. Enumerable.Range(0, 11).Select(i => ToyDecoder.Group(i, 3, 2, 1))];

    private static int[] Rows(DataOrder order, int step) => [.. order.GroupsOf(step).Select(g => g.Row)];

    [Fact]
    public void A_step_has_the_same_groups_whatever_was_asked_for_before()
    {
        var order = new DataOrder(Data, 4, seed: 5);
        int[][] forward = [.. Enumerable.Range(0, 9).Select(s => Rows(order, s))];
        foreach (int step in (int[])[8, 0, 4, 3, 7, 1])
        {
            Assert.Equal(forward[step], Rows(order, step));
            Assert.Equal(forward[step], Rows(new DataOrder(Data, 4, seed: 5), step));
        }
        Assert.NotEqual(forward[0], Rows(new DataOrder(Data, 4, seed: 6), 0));
    }

    [Fact]
    public void There_is_no_order_of_nothing_and_no_step_without_a_group()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DataOrder([], 4, seed: 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DataOrder(Data, 0, seed: 5));
        Assert.Equal(11, new DataOrder(Data, 1, seed: 5).StepsPerEpoch);
        Assert.Single(Rows(new DataOrder(Data[..1], 4, seed: 5), 0));
    }

    [Fact]
    public void Every_epoch_has_every_group_once_in_an_order_of_its_own_unless_it_keeps_the_file_s()
    {
        var order = new DataOrder(Data, 4, seed: 5);
        Assert.Equal(3, order.StepsPerEpoch);
        int[][] epochs =
        [
            .. Enumerable.Range(0, 2).Select(e => Enumerable.Range(3 * e, 3).SelectMany(s => Rows(order, s)).ToArray()),
        ];
        Assert.All(epochs, e => Assert.Equal(Enumerable.Range(0, 11), e.Order()));
        Assert.NotEqual(epochs[0], epochs[1]);
        var files = new DataOrder(Data, 4, seed: 5, shuffle: false);
        Assert.Equal([8, 9, 10], Rows(files, 5));
        Assert.Equal(Enumerable.Range(0, 11), files.GroupsOfFirst(3).Select(g => g.Row));
    }

    [Theory]
    [InlineData(1, -1, 3)]
    [InlineData(0.5, 0, 2)]
    [InlineData(2.1, -1, 7)]
    [InlineData(1, 20, 20)]
    public void Steps_follow_from_epochs_unless_they_are_given(double epochs, int maxSteps, int steps)
    {
        var order = new DataOrder(Data, 4, seed: 5);
        Assert.Equal(steps, order.Steps(epochs, maxSteps));
        Assert.Equal(1, order.EpochsBehind(3));
    }

    [Fact]
    public void Groups_that_become_others_keep_their_steps()
    {
        var order = new DataOrder(Data, 4, seed: 5);
        DataOrder doubled = order.Select(groups => [.. groups, .. groups]).Select(groups => [.. groups.Reverse()]);
        Assert.Equal(order.StepsPerEpoch, doubled.StepsPerEpoch);
        for (int step = 0; step < 6; step++)
            Assert.Equal(Rows(order, step).Concat(Rows(order, step)).Reverse(), Rows(doubled, step));
    }
}
