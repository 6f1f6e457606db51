using Simper.Text.Preferences;

namespace Simper.Evaluation;

/// <summary>A 95 % confidence interval.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    private const double Normal95 = 1.959963984540054; // 97.5 % point of the standard normal distribution

    /// <summary>Wilson's interval of a share (Wilson 1927): right also near 0 and 1, and for few pairs.</summary>
    public static Interval OfShare(int successes, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        double z2 = Normal95 * Normal95, share = (double)successes / trials;
        double centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
        double half = Normal95 / (1 + z2 / trials) * Math.Sqrt(share * (1 - share) / trials + z2 / (4.0 * trials * trials));
        return new Interval(centre - half, centre + half);
    }

    /// <summary>
    /// The percentile bootstrap of a mean (Efron 1979) over 2,000 resamples. For a change between two models give the differences
    /// pair by pair: the interval is then a paired one.
    /// </summary>
    public static Interval OfMean(IReadOnlyList<double> values, long seed = 42)
    {
        const int resamples = 2000;
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Count, 1);
        DeterministicRandom random = DeterministicRandom.For((ulong)seed, "bootstrap");
        var means = new double[resamples];
        for (int r = 0; r < resamples; r++)
        {
            double sum = 0;
            for (int i = 0; i < values.Count; i++)
                sum += values[random.NextBelow(values.Count)];
            means[r] = sum / values.Count;
        }
        Array.Sort(means);
        return new Interval(means[(int)(0.025 * resamples)], means[(int)(0.975 * resamples) - 1]);
    }

    public override string ToString() => FormattableString.Invariant($"[{Low:G4}, {High:G4}]");
}
