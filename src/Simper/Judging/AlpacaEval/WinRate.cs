namespace Simper.Judging.AlpacaEval;

/// <summary>How often judged answers are preferred to the baseline's. Rates are percentages.</summary>
/// <param name="Rate">100 · mean(preference − 1).</param>
/// <param name="StandardError">Of the rate; NaN for fewer than two rows.</param>
/// <param name="Wins">Preferences above 1.5.</param>
/// <param name="BaselineWins">Preferences below 1.5.</param>
/// <param name="Draws">Preferences of exactly 1.5 (or 0, their older code).</param>
/// <param name="Total">Rows that count.</param>
/// <param name="DiscreteRate">The rate of rounded preferences, draws as halves.</param>
public sealed record WinRate(
    double Rate,
    double StandardError,
    int Wins,
    int BaselineWins,
    int Draws,
    int Total,
    double DiscreteRate
)
{
    /// <summary>Of preferences between 1 and 2; 0 is a draw, and all others, missing ones too, are left out.</summary>
    public static WinRate Of(IEnumerable<double?> preferences)
    {
        double[] known = [.. preferences.OfType<double>()];
        double[] valid = [.. known.Select(p => p == 0 ? 1.5 : p).Where(IsPreference).Select(p => p - 1)];
        double[] discrete =
        [
            .. known
                .Select(p => p == 1.5 ? 0 : Math.Round(p, MidpointRounding.ToEven))
                .Select(p => p == 0 ? 1.5 : p)
                .Where(IsPreference)
                .Select(p => p - 1),
        ];
        return new WinRate(
            100 * Mean(valid),
            100 * StandardErrorOf(valid),
            valid.Count(p => p > 0.5),
            valid.Count(p => p < 0.5),
            known.Count(p => p is 0 or 1.5),
            valid.Length,
            100 * Mean(discrete)
        );
    }

    /// <summary>Of a mean, with n − 1; NaN for fewer than two values.</summary>
    internal static double StandardErrorOf(IReadOnlyList<double> values)
    {
        double mean = Mean(values);
        return values.Count < 2
            ? double.NaN
            : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) / values.Count);
    }

    private static double Mean(IReadOnlyList<double> values) => values.Count == 0 ? double.NaN : values.Average();

    private static bool IsPreference(double value) => value is >= 1 and <= 2;
}
