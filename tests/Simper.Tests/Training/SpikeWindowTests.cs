using Simper.Training;

namespace Simper.Tests.Training;

/// <summary>What counts as a leap of a figure: OLMo-core's rule.</summary>
public class SpikeWindowTests
{
    // Box and Muller's normal numbers.
    private static IEnumerable<double> Noise(int seed)
    {
        var random = new Random(seed);
        while (true)
            yield return Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    [Fact]
    public void White_noise_has_none_in_a_thousand_steps()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var window = new SpikeWindow();
            Assert.All(Noise(seed).Take(1000), v => Assert.Null(window.Add(3 + 0.1 * v)));
        }
    }

    [Theory]
    [InlineData(63, false)] // too few to judge
    [InlineData(64, true)]
    [InlineData(500, true)]
    public void A_leap_is_found_once_there_are_half_a_window_of_values(int before, bool isFound)
    {
        var window = new SpikeWindow();
        double[] noise = [.. Noise(1).Take(before + 200)];
        foreach (double value in noise[..before])
            Assert.Null(window.Add(value));
        Assert.Equal(isFound, window.Add(12) is not null);
        Assert.All(noise[before..], v => Assert.Null(window.Add(v)));
    }

    [Fact]
    public void The_limit_is_six_standard_deviations_above_the_mean_of_the_values_before()
    {
        // 64 values, half 1 and half 3: mean 2, sample variance 64 / 63.
        double limit = 2 + 6 * Math.Sqrt(64.0 / 63);
        foreach ((double value, bool isSpike) in ((double, bool)[])[(limit + 1e-9, true), (limit - 1e-9, false), (-1e9, false)])
        {
            var window = new SpikeWindow();
            for (int i = 0; i < 64; i++)
                window.Add(i % 2 == 0 ? 1 : 3);
            double? found = window.Add(value);
            Assert.Equal(isSpike, found is not null);
            if (isSpike)
                Assert.Equal(limit, found!.Value, 12);
        }
    }

    [Fact]
    public void Only_the_last_128_values_count()
    {
        var window = new SpikeWindow();
        foreach (double value in Noise(2).Take(200))
            window.Add(1000 * value);
        foreach (double value in Noise(3).Take(128))
            window.Add(value);
        Assert.Equal(128, window.Values.Count);
        Assert.NotNull(window.Add(20));
    }

    [Fact]
    public void A_new_level_is_accepted_after_a_few_steps()
    {
        var window = new SpikeWindow();
        foreach (double value in Noise(4).Take(128))
            window.Add(value);
        int found = Enumerable.Range(0, 50).Count(_ => window.Add(100) is not null);
        Assert.InRange(found, 1, 6);
    }

    [Fact]
    public void Values_that_are_all_the_same_judge_nothing()
    {
        var window = new SpikeWindow();
        for (int i = 0; i < 100; i++)
            Assert.Null(window.Add(0.5));
        Assert.Null(window.Add(0.5000001));
    }
}
