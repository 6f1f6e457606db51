using Simper.Batching;
using Simper.Scoring;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Scoring;

/// <summary>Scores of several passes as one, and what scores do not hold.</summary>
public class ScoresTests
{
    private static BatchScores Part(double first, bool hasAll) =>
        new(
            [new(0, 0, 11, 2, 1), new(0, 1, 11, 3, -1)],
            1,
            tensor([first, first + 1]),
            tensor([first + 2, first + 3]),
            hasAll ? tensor([first + 4, first + 5]) : null,
            hasAll ? tensor([first + 6, first + 7]) : null
        );

    [Fact]
    public void Parts_are_joined_in_order_and_their_groups_numbered_on()
    {
        using var scope = NewDisposeScope();
        BatchScores joined = BatchScores.Join([Part(10, true), Part(20, true)]);
        Assert.Equal([0, 0, 1, 1], joined.Answers.Select(a => a.Group));
        Assert.Equal(2, joined.Groups);
        Assert.Equal([10, 11, 20, 21], Numbers.Of(joined.Sums));
        Assert.Equal([12, 13, 22, 23], Numbers.Of(joined.PlainSums));
        Assert.Equal([14, 15, 24, 25], Numbers.Of(joined.Confidences!));
        Assert.Equal([16, 17, 26, 27], Numbers.Of(joined.References!));
        BatchScores bare = BatchScores.Join([Part(10, false), Part(20, false)]);
        Assert.Null(bare.Confidences);
        Assert.Null(bare.References);
    }

    [Fact]
    public void What_scores_do_not_hold_is_an_error()
    {
        using var scope = NewDisposeScope();
        var single = new PairScores([tensor([-1.0, -2.0])], [tensor([2.0, 3.0])]);
        Assert.Equal([-1, -2], single.ChosenSum.ToArray());
        Assert.Throws<InvalidOperationException>(() => single.RejectedSum);
        Assert.Throws<InvalidOperationException>(() => single.References);
        Assert.Throws<InvalidOperationException>(() => single.Confidences);
        Assert.Throws<InvalidOperationException>(() => single.PromptSums);
        BatchScores pair = Part(10, false);
        PairScores ofPair = PairScores.Of(pair, pair.Sums);
        Assert.Throws<InvalidOperationException>(() => ofPair.PromptSums);
        Assert.Throws<InvalidOperationException>(() => ofPair.PromptTokens);
    }

    [Fact]
    public void Columns_of_other_lengths_are_refused()
    {
        using var scope = NewDisposeScope();
        Tensor two = tensor([-1.0, -2.0]);
        Tensor three = tensor([1.0, 2.0, 3.0]);
        Assert.ThrowsAny<ArgumentException>(() => new PairScores([two, three], [two, two]));
        Assert.ThrowsAny<ArgumentException>(() => new PairScores([two, two], [two, three]));
        Assert.ThrowsAny<ArgumentException>(() => new PairScores([two], [two], [three]));
        Assert.ThrowsAny<ArgumentException>(() => new PairScores([two], [two], [two], [three]));
    }
}
