using Simper.Evaluation;

namespace Simper.Tests.Evaluation;

public class PairedDifferenceTests
{
    [Fact]
    public void Differences_are_counted_pair_by_pair()
    {
        // Differences 1, -2, 0, 3, 3: mean 1, squares about it 0 + 9 + 1 + 4 + 4 = 18, over 4.
        PairedDifference difference = PairedDifference.Of([1.0, 2, 3, 4, 5], [2.0, 0, 3, 7, 8]);
        Assert.Equal((5, 3, 1, 1), (difference.Pairs, difference.Wins, difference.Losses, difference.Ties));
        Assert.Equal(1, difference.Mean, 12);
        Assert.Equal(Math.Sqrt(4.5), difference.StandardDeviation, 12);
        Assert.Equal(2 * (1 + 4) / 16.0, difference.PValue, 12); // at most one loss in four
        Assert.Equal((1.95996 + 0.84162) * Math.Sqrt(4.5 / 5), difference.Detectable, 4);
        Assert.InRange(1, difference.Interval.Low, difference.Interval.High);
    }

    [Fact]
    public void Accuracies_are_compared_by_McNemar_s_exact_test()
    {
        // Both right on 30, the first alone on 2, the second alone on 10, none on 8: 2 (1 + 12 + 66) / 2^12 = 0.03857.
        bool[] first = [.. Enumerable.Repeat(true, 32), .. Enumerable.Repeat(false, 18)];
        bool[] second =
        [
            .. Enumerable.Repeat(true, 30),
            .. Enumerable.Repeat(false, 2),
            .. Enumerable.Repeat(true, 10),
            .. Enumerable.Repeat(false, 8),
        ];
        PairedDifference difference = PairedDifference.Of(first, second);
        Assert.Equal((10, 2, 38), (difference.Wins, difference.Losses, difference.Ties));
        Assert.Equal(8 / 50.0, difference.Mean, 12);
        Assert.Equal(158 / 4096.0, difference.PValue, 12);
    }

    [Fact]
    public void What_both_find_hard_is_no_noise()
    {
        var random = new Random(2);
        double[] first = [.. Enumerable.Range(0, 100).Select(_ => 10 * random.NextDouble())];
        PairedDifference difference = PairedDifference.Of(first, [.. first.Select(f => f + 0.1)]);
        Assert.Equal(0.1, difference.Interval.Low, 9);
        Assert.Equal(0.1, difference.Interval.High, 9);
        Assert.Equal(0, difference.Detectable, 9);
    }

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    public void So_few_pairs_get_no_verdict(int pairs, bool judged)
    {
        double[] first = new double[pairs];
        double[] second = [.. Enumerable.Range(0, pairs).Select(i => 1 + 0.01 * i)];
        PairedDifference up = PairedDifference.Of(first, second);
        PairedDifference down = PairedDifference.Of(second, first);
        Assert.True(up.Interval.Low > 0 && down.Interval.High < 0);
        Assert.Equal((judged, judged, false), (up.IsJudged, up.IsAbove, up.IsBelow));
        Assert.Equal((judged, false, judged), (down.IsJudged, down.IsAbove, down.IsBelow));
    }

    [Fact]
    public void The_paired_interval_covers_at_about_its_rate()
    {
        var random = new Random(11);
        const int trials = 300;
        int covered = 0;
        for (int t = 0; t < trials; t++)
        {
            double[] first = [.. Enumerable.Range(0, 50).Select(_ => 5 * random.NextDouble())];
            double[] second = [.. first.Select(f => f + 0.3 + random.NextDouble() - 0.5)];
            Interval interval = PairedDifference.Of(first, second, seed: t).Interval;
            covered += interval.Low <= 0.3 && 0.3 <= interval.High ? 1 : 0;
        }
        Assert.InRange(covered / (double)trials, 0.9, 0.98);
    }

    [Fact]
    public void Figures_of_other_pairs_are_refused()
    {
        Assert.Throws<ArgumentException>(() => PairedDifference.Of([1.0], [1.0, 2]));
        Assert.Throws<ArgumentException>(() => PairedDifference.Of(Array.Empty<double>(), []));
        Assert.Throws<ArgumentException>(() => PairedDifference.Of([1.0], [double.NaN]));
    }
}
