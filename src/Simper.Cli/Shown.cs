using Simper.Evaluation;
using Pages = Simper.Reports.Shown;

namespace Simper.Cli;

/// <summary>
/// Numbers as the console shows them: like those of pages, but with an ASCII hyphen for negative ones, so that what is copied or
/// piped parses as a number.
/// </summary>
internal static class Shown
{
    /// <inheritdoc cref="Pages.Number"/>
    public static string Number(double value) => Pages.Plain(Pages.Number(value));

    /// <inheritdoc cref="Pages.Amount"/>
    public static string Amount(double value) => Pages.Plain(Pages.Amount(value));

    /// <inheritdoc cref="Pages.Count"/>
    public static string Count(double count) => Pages.Count(count);

    /// <inheritdoc cref="Pages.Signed"/>
    public static string Signed(double value) => Pages.Plain(Pages.Signed(value));

    /// <inheritdoc cref="Pages.Percent"/>
    public static string Percent(double share) => Pages.Plain(Pages.Percent(share));

    /// <inheritdoc cref="Pages.Points"/>
    public static string Points(double difference) => Pages.Plain(Pages.Points(difference));

    /// <inheritdoc cref="Pages.Interval"/>
    public static string Interval(Interval interval, Func<double, string> number) => Pages.Interval(interval, number);

    /// <inheritdoc cref="Pages.Detectable"/>
    public static string Detectable(PairedDifference difference, Func<double, string> signed) =>
        Pages.Detectable(difference, signed);

    /// <inheritdoc cref="Pages.PValue"/>
    public static string PValue(double p) => Pages.PValue(p);
}
