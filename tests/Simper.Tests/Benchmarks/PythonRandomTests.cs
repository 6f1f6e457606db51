using Simper.Benchmarks;

namespace Simper.Tests.Benchmarks;

/// <summary>Numbers of CPython 3.11's <c>random</c>.</summary>
public class PythonRandomTests
{
    [Fact]
    public void Draws_are_Python_s_for_seeds_of_any_size()
    {
        var random = new PythonRandom(1234);
        Assert.Equal(0.9664535356921388, random.NextDouble());
        Assert.Equal(0.4407325991753527, random.NextDouble());
        Assert.Equal(0.007491470058587191, random.NextDouble());
        Assert.Equal(0.8444218515250481, new PythonRandom(0).NextDouble());
        Assert.Equal(0.32383276483316237, new PythonRandom(-7).NextDouble());
        Assert.Equal(0.21978710637116716, new PythonRandom((1L << 40) + 3).NextDouble());
        Assert.Equal(0.3703273324920633, new PythonRandom("is_switched_outputshello0").NextDouble());
    }

    [Fact]
    public void Samples_of_large_and_small_populations_and_shuffles_are_Python_s()
    {
        var random = new PythonRandom(1234);
        for (int i = 0; i < 3; i++)
            random.NextDouble();
        Assert.Equal([74, 4, 85, 88, 10, 12, 98], random.Sample([.. Enumerable.Range(0, 100)], 7));
        Assert.Equal([5, 3, 0, 7], random.Sample([.. Enumerable.Range(0, 10)], 4));
        int[] items = [.. Enumerable.Range(0, 8)];
        random.Shuffle(items);
        Assert.Equal([7, 1, 6, 3, 4, 5, 2, 0], items);
    }

    [Fact]
    public void Whole_numbers_are_drawn_as_Python_draws_them()
    {
        var random = new PythonRandom(0);
        random.NextDouble();
        Assert.Equal(776, random.NextBelow(1000));
        Assert.Equal(1, random.NextBelow(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Sample([1, 2], 3));
    }
}
