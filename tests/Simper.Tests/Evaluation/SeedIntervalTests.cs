using MathNet.Numerics.Distributions;
using Simper.Evaluation;

namespace Simper.Tests.Evaluation;

public class SeedIntervalTests
{
    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(2, 4.3027)]
    [InlineData(4, 2.7764)]
    [InlineData(9, 2.2622)]
    [InlineData(30, 2.0423)]
    [InlineData(1000, 1.9623)]
    public void Student_s_quantiles_are_the_tables(int degreesOfFreedom, double tabulated) =>
        Assert.Equal(tabulated, Interval.StudentQuantile(degreesOfFreedom), 4);

    [Fact]
    public void Three_seeds_give_the_interval_of_the_textbook()
    {
        // Mean 2, standard deviation 1: 2 ± 4.3027 / √3.
        SeedInterval seeds = SeedInterval.Of([1, 2, 3]);
        Assert.Equal((3, 2.0, 1.0), (seeds.Seeds, seeds.Mean, seeds.StandardDeviation));
        Assert.Equal(2 - 2.4841, seeds.Interval.Low, 4);
        Assert.Equal(2 + 2.4841, seeds.Interval.High, 4);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void It_covers_at_its_rate_for_a_handful_of_seeds(int count)
    {
        var random = new Random(count);
        const int trials = 4000;
        int covered = 0;
        for (int t = 0; t < trials; t++)
        {
            Interval interval = SeedInterval.Of([.. Normal.Samples(random, 3, 2).Take(count)]).Interval;
            covered += interval.Low <= 3 && 3 <= interval.High ? 1 : 0;
        }
        Assert.InRange(covered / (double)trials, 0.938, 0.962); // three and a half standard errors about 0.95
    }

    [Fact]
    public void One_run_says_nothing_of_the_scatter() => Assert.Throws<ArgumentOutOfRangeException>(() => SeedInterval.Of([1]));
}
