using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Simper.Text.Templates;

/// <summary>
/// Parses numbers from strings like Python's <c>int()</c> and <c>float()</c>: blanks around, underscores between digits.
/// </summary>
internal static partial class NumberText
{
    private const string Ten = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>An integer, or null if the text is not one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="numberBase">2 to 36; 0 recognises the prefixes 0x, 0o and 0b, and is decimal otherwise.</param>
    public static object? Whole(string text, int numberBase)
    {
        Match match = WholeForm().Match(Methods.Strip(text, null, left: true, right: true).ToLowerInvariant());
        if (!match.Success)
            return null;
        string digits = match.Groups["digits"].Value;
        int prefixed = match.Groups["prefix"].Value switch
        {
            "0x" => 16,
            "0o" => 8,
            "0b" => 2,
            _ => 0,
        };
        if (prefixed != 0 && numberBase is not 0 && numberBase != prefixed)
            (digits, prefixed) = (match.Groups["prefix"].Value + digits, 0); // the letter is a digit of the base, or an error
        int radix =
            numberBase != 0 ? numberBase
            : prefixed != 0 ? prefixed
            : 10;
        if (digits.StartsWith('_') && prefixed == 0)
            return null;
        digits = digits.Replace("_", "", StringComparison.Ordinal);
        if (
            radix is < 2 or > 36
            || digits.Any(c => Ten.IndexOf(c, StringComparison.Ordinal) is var d && (d < 0 || d >= radix))
            || (radix == 10 && digits.Length > Numbers.MostDigits)
        )
            return null;
        BigInteger value =
            radix == 10
                ? BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture)
                : digits.Aggregate(BigInteger.Zero, (sum, c) => sum * radix + Ten.IndexOf(c, StringComparison.Ordinal));
        return Numbers.Whole(match.Groups["sign"].Value == "-" ? -value : value);
    }

    /// <summary>A float, or null if the text is not one.</summary>
    public static double? Float(string text)
    {
        string trimmed = Methods.Strip(text, null, left: true, right: true).ToLowerInvariant();
        if (
            trimmed.TrimStart('+', '-') is "inf" or "infinity" or "nan"
            && trimmed.Length - trimmed.TrimStart('+', '-').Length < 2
        )
            return trimmed.EndsWith("nan", StringComparison.Ordinal) ? double.NaN
                : trimmed[0] == '-' ? double.NegativeInfinity
                : double.PositiveInfinity;
        return FloatForm().IsMatch(trimmed)
            ? double.Parse(trimmed.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture)
            : null;
    }

    [GeneratedRegex(@"^(?<sign>[+-]?)(?<prefix>0[xob](?=[0-9a-f_]))?(?<digits>_?[0-9a-z]+(?:_[0-9a-z]+)*)$")]
    private static partial Regex WholeForm();

    [GeneratedRegex(@"^[+-]?(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:e[+-]?[0-9]+(?:_[0-9]+)*)?$")]
    private static partial Regex FloatForm();
}
