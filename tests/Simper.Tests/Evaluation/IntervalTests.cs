using MathNet.Numerics.Distributions;
using Simper.Evaluation;

namespace Simper.Tests.Evaluation;

public class IntervalTests
{
    [Fact]
    public void Wilson_s_interval_is_the_textbook_s()
    {
        Interval half = Interval.OfShare(50, 100); // 0.4038 to 0.5962
        Assert.Equal(0.4038, half.Low, 4);
        Assert.Equal(0.5962, half.High, 4);
        Assert.Equal(0, Interval.OfShare(0, 10).Low, 12);
        Assert.Equal(0.2775, Interval.OfShare(0, 10).High, 4);
    }

    [Fact]
    public void The_bootstrap_covers_the_mean_at_about_its_rate()
    {
        var random = new Random(3);
        int covered = 0;
        const int trials = 200;
        for (int t = 0; t < trials; t++)
        {
            double[] sample = [.. Enumerable.Range(0, 60).Select(_ => random.NextDouble() + random.NextDouble())];
            Interval interval = Interval.OfMean(sample, seed: t);
            covered += interval.Low <= 1 && 1 <= interval.High ? 1 : 0;
        }
        Assert.InRange(covered / (double)trials, 0.89, 0.99);
    }

    /// <summary>Where the percentile bootstrap of five values would cover in about 83 % of the cases.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(12)]
    public void Few_values_are_covered_at_the_rate_that_is_said(int count)
    {
        var random = new Random(count);
        const int trials = 4000;
        int covered = 0;
        for (int t = 0; t < trials; t++)
        {
            Interval interval = Interval.OfMean([.. Normal.Samples(random, 3, 2).Take(count)], seed: t);
            covered += interval.Low <= 3 && 3 <= interval.High ? 1 : 0;
        }
        Assert.InRange(covered / (double)trials, 0.938, 0.962);
    }

    [Fact]
    public void One_value_says_nothing_of_the_scatter() =>
        Assert.Equal(new Interval(double.NegativeInfinity, double.PositiveInfinity), Interval.OfMean([7]));

    [Fact]
    public void A_higher_confidence_takes_a_wider_interval()
    {
        Interval interval = Interval.Student(0, 3, 9, confidence: 0.99); // 3.3554 standard errors of 1
        Assert.Equal((-3.3554, 3.3554), (Math.Round(interval.Low, 4), Math.Round(interval.High, 4)));
    }
}
