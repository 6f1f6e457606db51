using System.Globalization;

namespace Simper.Text.Doctor;

/// <summary>
/// Shares as they are shown, with Wilson's interval of 95 % (Wilson 1927), which holds near 0 and 1 and for few rows.
/// </summary>
public static class SharePercent
{
    private const double Normal95 = 1.959963984540054; // 97.5 % quantile of the standard normal distribution

    /// <summary>The interval of a share.</summary>
    /// <param name="successes">How many.</param>
    /// <param name="trials">Of how many; at least 1.</param>
    public static (double Low, double High) Interval(long successes, long trials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        double z2 = Normal95 * Normal95;
        double share = (double)successes / trials;
        double centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
        double half = Normal95 / (1 + z2 / trials) * Math.Sqrt(share * (1 - share) / trials + z2 / (4.0 * trials * trials));
        return (centre - half, centre + half);
    }

    /// <summary>"61.2 % (58.0 to 64.3)".</summary>
    public static string Text(long successes, long trials)
    {
        (double low, double high) = Interval(successes, trials);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{100.0 * successes / trials:F1} % ({100 * Math.Max(0, low):F1} to {100 * Math.Min(1, high):F1})"
        );
    }
}
