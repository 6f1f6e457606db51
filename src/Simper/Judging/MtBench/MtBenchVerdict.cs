using System.Globalization;
using System.Text.RegularExpressions;

namespace Simper.Judging.MtBench;

/// <summary>Reads what a judge of MT-Bench decided.</summary>
public static partial class MtBenchVerdict
{
    /// <summary>The rating of a judgment in which there is none.</summary>
    public const double NoRating = -1;

    /// <summary>
    /// The first number in double brackets, else the first in single ones; its range is not checked, as in FastChat. A number
    /// that Python does not read (007, or digits of other scripts), at which FastChat stops, is none.
    /// </summary>
    public static double Rating(string judgment)
    {
        Match match = Double().Match(judgment);
        match = match.Success ? match : Single().Match(judgment);
        string number = match.Groups[1].Value;
        return !match.Success || !Literal().IsMatch(number)
            ? NoRating
            : double.Parse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
    }

    /// <summary>A, B or tie; error where there is no verdict. A comes before B and C, wherever they stand.</summary>
    public static string Winner(string judgment) =>
        judgment.Contains("[[A]]", StringComparison.Ordinal) ? "A"
        : judgment.Contains("[[B]]", StringComparison.Ordinal) ? "B"
        : judgment.Contains("[[C]]", StringComparison.Ordinal) ? "tie"
        : "error";

    [GeneratedRegex(@"\[\[(\d+\.?\d*)\]\]")]
    private static partial Regex Double();

    [GeneratedRegex(@"\[(\d+\.?\d*)\]")]
    private static partial Regex Single();

    [GeneratedRegex(@"\A(?:0+|[1-9][0-9]*|[0-9]+\.[0-9]*)\z")]
    private static partial Regex Literal();
}
