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
}
