using System.Numerics;
using System.Text.RegularExpressions;

namespace Simper.Benchmarks.Mathematics;

/// <summary>Answers as the oldest task on MATH compares them (Hendrycks et al. 2021): by their texts, in a normal form.</summary>
public static partial class HendrycksAnswer
{
    /// <summary>What stands between the first and the last dollar sign of a text; the text where there are not two.</summary>
    public static string In(string text)
    {
        int first = text.IndexOf('$');
        int last = text.LastIndexOf('$');
        return first == last ? text : text[(first + 1)..last];
    }

    /// <summary>Whether two answers have the same normal form, or, where one has none, the same text.</summary>
    public static bool AreEqual(string? first, string? second)
    {
        if (first is null || second is null)
            return first is null && second is null;
        return (Normalised(first), Normalised(second)) is ({ } a, { } b) ? a == b : first == second;
    }

    /// <summary>The normal form; null for texts at which the original stops.</summary>
    public static string? Normalised(string text)
    {
        text = text.Replace("\n", "", StringComparison.Ordinal)
            .Replace("\\!", "", StringComparison.Ordinal)
            .Replace("\\\\", "\\", StringComparison.Ordinal)
            .Replace("tfrac", "frac", StringComparison.Ordinal)
            .Replace("dfrac", "frac", StringComparison.Ordinal)
            .Replace("\\left", "", StringComparison.Ordinal)
            .Replace("\\right", "", StringComparison.Ordinal)
            .Replace("^{\\circ}", "", StringComparison.Ordinal)
            .Replace("^\\circ", "", StringComparison.Ordinal)
            .Replace("\\$", "", StringComparison.Ordinal);
        string[] units = text.Split("\\text{ ");
        if (units.Length > 2)
            return null;
        text = units[0]
            .Replace("\\%", "", StringComparison.Ordinal)
            .Replace(" .", " 0.", StringComparison.Ordinal)
            .Replace("{.", "{0.", StringComparison.Ordinal);
        if (text.Length == 0)
            return text;
        text = text[0] == '.' ? "0" + text : text;
        if (text.Split('=') is [{ Length: <= 2 }, var right])
            text = right;
        if (Roots(text) is not { } withRoots)
            return null;
        text = withRoots.Replace(" ", "", StringComparison.Ordinal);
        if (Fractions(text) is not { } withFractions)
            return null;
        return Slash(withFractions == "0.5" ? "\\frac{1}{2}" : withFractions);
    }

    private static string? Roots(string text)
    {
        string[] parts = text.Split("\\sqrt");
        if (parts.Skip(1).Any(p => p.Length == 0))
            return null;
        return parts[0]
            + string.Concat(
                parts.Skip(1).Select(p => p[0] == '{' ? "\\sqrt" + p : $"\\sqrt{{{First(p)}}}{p[First(p).Length..]}")
            );
    }

    // A character is a code point.
    private static string First(string text) => text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? text[..2] : text[..1];

    private static string? Fractions(string text)
    {
        string[] parts = text.Split("\\frac");
        string result = parts[0];
        foreach (string part in parts.Skip(1))
        {
            if (part.Length == 0)
                return null;
            if (part[0] == '{')
            {
                result += "\\frac" + part;
                continue;
            }
            string upper = First(part);
            string rest = part[upper.Length..];
            if (rest.Length == 0)
                return text;
            string lower = First(rest);
            result += $"\\frac{{{upper}}}" + (lower == "{" ? rest : $"{{{lower}}}{rest[lower.Length..]}");
        }
        return result;
    }

    private static string? Slash(string text)
    {
        if (text.Split('/') is not [var upper, var lower])
            return text;
        if (!Whole().IsMatch(upper) || !Whole().IsMatch(lower))
            return null;
        string plain = $"{Number(upper)}/{Number(lower)}";
        return plain == text ? $"\\frac{{{Number(upper)}}}{{{Number(lower)}}}" : text;
    }

    private static BigInteger Number(string text) =>
        BigInteger.Parse(
            PythonCharacters.Strip(text).Replace("_", "", StringComparison.Ordinal),
            System.Globalization.NumberStyles.AllowLeadingSign,
            System.Globalization.CultureInfo.InvariantCulture
        );

    [GeneratedRegex(@"\A\s*[+-]?[0-9]+(?:_[0-9]+)*\s*\z")]
    private static partial Regex Whole();
}
