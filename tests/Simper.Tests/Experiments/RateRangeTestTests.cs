using Simper.Experiments;

namespace Simper.Tests.Experiments;

public class RateRangeTestTests
{
    private static readonly ObjectiveArms SimPer = SimulatedArms.Objective("simper");

    // 40 pairs whose losses (rejected less chosen) change by so much from the start's 0, each with a scatter of its own.
    private static Trajectory Arm(double rate, double change, bool diverged = false)
    {
        var random = new Random(5);
        (double, double)[] start = [.. Enumerable.Range(0, 40).Select(_ => (-1.0, -1.0))];
        (double, double)[] end = [.. start.Select(_ => (-1 - change / 2 + 0.05 * random.NextDouble(), -1 + change / 2))];
        return SimulatedArms.Arm(SimPer, rate, 1, diverged ? [start] : [start, end]) with
        {
            Diverged = diverged ? "The loss is not finite." : null,
        };
    }

    [Fact]
    public void Rates_are_judged_against_the_start_and_against_the_best()
    {
        IReadOnlyList<TriedRate> found = RateRangeTest.Judge([
            Arm(1e-6, 0),
            Arm(1e-5, -0.5),
            Arm(1e-4, -0.5),
            Arm(1e-3, 0.7),
            Arm(1e-2, 0, diverged: true),
        ]);
        Assert.Equal([false, false, false, false, true], found.Select(r => r.Diverged));
        // the scatter alone lowers the loss by 0.025
        Assert.Equal([true, true, true, false, false], found.Select(r => r.IsBetter));
        Assert.Equal([false, false, false, true, false], found.Select(r => r.IsWorse));
        Assert.Equal([false, true, true, false, false], found.Select(r => r.IsAsGoodAsBest));
        Assert.Equal(0.7, found[3].End + 0.025, 0.01);
        Assert.Equal(-0.7, found[3].Margin - 0.025, 0.01);
        Assert.True(found[1].Chosen!.Mean > 0 && found[3].Chosen!.Mean < 0);
    }

    /// <summary>
    /// The best of nine rates that change nothing is below 0 by a plain interval in a fifth of the cases; that is no fall.
    /// </summary>
    [Fact]
    public void The_best_of_many_rates_that_do_nothing_is_seldom_recommended()
    {
        var random = new Random(7);
        (int plain, int corrected) = (0, 0);
        const int trials = 200;
        for (int t = 0; t < trials; t++)
        {
            IReadOnlyList<TriedRate> found = RateRangeTest.Judge([
                .. Enumerable.Range(1, 9).Select(i => Noise(1e-6 * i, random)),
            ]);
            TriedRate best = found.MinBy(r => r.End)!;
            plain += best.Change!.IsBelow ? 1 : 0;
            corrected += best.IsBetter ? 1 : 0;
        }
        Assert.InRange(plain / (double)trials, 0.12, 0.32); // 1 - 0.975^9 = 0.20, and a little more by the bootstrap
        Assert.InRange(corrected / (double)trials, 0, 0.06); // 0.025
    }

    private static Trajectory Noise(double rate, Random random)
    {
        (double, double)[] start = [.. Enumerable.Range(0, 40).Select(_ => (-1.0, -1.0))];
        return SimulatedArms.Arm(SimPer, rate, 1, start, [.. start.Select(_ => (-1.5 + random.NextDouble(), -1.0))]);
    }

    [Fact]
    public void Rates_lie_a_constant_factor_apart_from_end_to_end()
    {
        Assert.Equal([1e-7, 3.16e-7, 1e-6, 3.16e-6, 1e-5, 3.16e-5, 1e-4, 3.16e-4, 1e-3], RateRangeTest.Spaced(1e-7, 1e-3, 9));
        Assert.Throws<SimperException>(() => RateRangeTest.Spaced(1e-3, 1e-7, 9));
        Assert.Throws<SimperException>(() => RateRangeTest.Spaced(0, 1e-3, 9));
        Assert.Throws<SimperException>(() => RateRangeTest.Spaced(1e-5, 1e-3, 1));
    }
}
