using System.Globalization;
using Simper.Evaluation;

namespace Simper.Reports;

/// <summary>Numbers as shown on pages.</summary>
public static class Shown
{
    private const double NoScatter = 1e-12; // rounding error of zero

    /// <summary>Four significant digits, where they are significant.</summary>
    public static string Number(double value) =>
        Math.Abs(value) switch
        {
            double.NaN => "–",
            < 1e-4 and > 0 => Minus(value.ToString("0.##e0", CultureInfo.InvariantCulture)),
            < 1 => Minus(value.ToString("0.0000", CultureInfo.InvariantCulture)),
            < 10 => Minus(value.ToString("0.000", CultureInfo.InvariantCulture)),
            < 100 => Minus(value.ToString("0.00", CultureInfo.InvariantCulture)),
            _ => Minus(value.ToString("#,0.#", CultureInfo.InvariantCulture)),
        };

    /// <summary>For counts, their means and medians: integers as they are, else at most two decimals.</summary>
    public static string Amount(double value) =>
        double.IsNaN(value) ? "–" : Minus(value.ToString("#,0.##", CultureInfo.InvariantCulture));

    public static string Count(double count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>With its sign, for differences.</summary>
    public static string Signed(double value) => (value > 0 ? "+" : "") + Number(value);

    public static string Percent(double share) =>
        double.IsNaN(share) ? "–" : Minus((100 * share).ToString("0.0", CultureInfo.InvariantCulture)) + " %";

    /// <summary>A difference of proportions, in percentage points.</summary>
    public static string Points(double difference) =>
        (difference > 0 ? "+" : "") + Minus((100 * difference).ToString("0.0", CultureInfo.InvariantCulture)) + " pts";

    /// <summary>A dash where it is unbounded, as for a single value.</summary>
    public static string Interval(Interval interval, Func<double, string> number) =>
        double.IsInfinity(interval.High) ? "–" : $"{number(interval.Low)} to {number(interval.High)}";

    /// <summary>
    /// The smallest detectable difference; a dash where all pairs differ equally, which gives no estimate of it.
    /// </summary>
    /// <param name="difference">The comparison.</param>
    /// <param name="signed">Formats the difference itself, so that both have the same unit.</param>
    public static string Detectable(PairedDifference difference, Func<double, string> signed) =>
        difference.Detectable > NoScatter ? signed(difference.Detectable).TrimStart('+') : "–";

    public static string PValue(double p) => p < 1e-4 ? "< 0.0001" : p.ToString("0.0000", CultureInfo.InvariantCulture);

    public static string Duration(double seconds) =>
        double.IsNaN(seconds) ? "–"
        : seconds < 120 ? seconds.ToString("0.0", CultureInfo.InvariantCulture) + " s"
        : TimeSpan
            .FromSeconds(seconds)
            .ToString(seconds < 86400 ? @"h\:mm\:ss" : @"d' d 'h\:mm\:ss", CultureInfo.InvariantCulture) + " h";

    /// <summary>A number with an ASCII hyphen, for the console: what is copied from there parses as a number.</summary>
    public static string Plain(string number) => number.Replace('\u2212', '-');

    /// <summary>A difference in a sentence that is also printed to the console.</summary>
    public static string PlainSigned(double value) => Plain(Signed(value));

    // The true minus sign is as wide as a digit.
    private static string Minus(string number) => number.Replace('-', '\u2212');
}
