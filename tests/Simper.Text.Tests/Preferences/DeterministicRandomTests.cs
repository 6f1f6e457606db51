using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>
/// The generator against numbers that another implementation of its published algorithms gives (Python's integers).
/// </summary>
public class DeterministicRandomTests
{
    [Fact]
    public void Streams_are_those_of_the_published_algorithms()
    {
        Assert.Equal(0xd910e7e056a57252, DeterministicRandom.For(7, "data order").NextUInt64());
        DeterministicRandom random = DeterministicRandom.For(7, "data order", 3, 4);
        Assert.Equal(
            [0xd9f4dd8ea07fe409, 0x3935371fc12df858, 0x32b26d75133c7ba7, 0xd02fc2cee79b7e82],
            Enumerable.Range(0, 4).Select(_ => random.NextUInt64())
        );
    }

    [Fact]
    public void Fractions_have_53_bits()
    {
        DeterministicRandom random = DeterministicRandom.For(0, "x");
        Assert.Equal(
            [0.20493857621456246, 0.5869374299972165, 0.4880476410474567],
            Enumerable.Range(0, 3).Select(_ => random.NextDouble())
        );
    }

    [Fact]
    public void Numbers_below_a_bound_are_those_of_the_published_method()
    {
        DeterministicRandom random = DeterministicRandom.For(1, "é");
        Assert.Equal([2, 8, 7, 3, 0, 5, 9, 9, 0, 6, 4, 4], Enumerable.Range(0, 12).Select(_ => random.NextBelow(10)));
        Assert.Equal(0, random.NextBelow(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextBelow(0));
    }

    // A draw more or less would change what comes after it.
    [Fact]
    public void A_permutation_takes_one_draw_less_than_it_has_places()
    {
        DeterministicRandom random = DeterministicRandom.For(42, "split");
        Assert.Equal([3, 8, 9, 7, 5, 6, 4, 0, 2, 1], random.Permutation(10));
        Assert.Equal(10229035387268961585, random.NextUInt64());
        Assert.Equal([1, 0], DeterministicRandom.For(42, "split").Permutation(2));
        Assert.Equal([0, 1], DeterministicRandom.For(43, "split").Permutation(2));
        Assert.Equal([0], DeterministicRandom.For(42, "split").Permutation(1));
        Assert.Empty(DeterministicRandom.For(42, "split").Permutation(0));
    }
}
