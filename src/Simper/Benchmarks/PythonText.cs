using System.Globalization;
using System.Text;

namespace Simper.Benchmarks;

/// <summary>Operations on texts as Python has them: what is white space, and lengths in characters (code points).</summary>
internal static class PythonText
{
    /// <summary><c>isspace()</c> of one character.</summary>
    public static bool IsBlank(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    /// <summary><c>len()</c>.</summary>
    public static int Length(string text)
    {
        int pairs = 0;
        for (int i = 1; i < text.Length; i++)
            pairs += char.IsSurrogatePair(text[i - 1], text[i]) ? 1 : 0;
        return text.Length - pairs;
    }

    /// <summary><c>strip()</c>.</summary>
    public static string Strip(string text) => TrimEnd(text)[LeadingBlanks(TrimEnd(text))..];

    /// <summary><c>rstrip()</c>.</summary>
    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && IsBlank(text[end - 1]))
            end--;
        return text[..end];
    }

    /// <summary><c>isdigit()</c>, for the digits that <c>int()</c> reads.</summary>
    public static bool IsDigits(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);

    /// <summary><c>capitalize()</c>: the first letter in upper case, all others in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        Rune first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..].ToLowerInvariant();
    }

    /// <summary>The pieces of <c>re.split(r"\s+", text)</c>, empty ones at the ends included: how words are counted.</summary>
    public static int WordCount(string text)
    {
        int pieces = 1;
        for (int i = 0; i < text.Length; i++)
            pieces += IsBlank(text[i]) && (i == 0 || !IsBlank(text[i - 1])) ? 1 : 0;
        return pieces;
    }

    /// <summary>A number as Python's <c>int()</c> reads it; null if it is none.</summary>
    public static int? Int(string text) =>
        int.TryParse(Strip(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static int LeadingBlanks(string text)
    {
        int start = 0;
        while (start < text.Length && IsBlank(text[start]))
            start++;
        return start;
    }
}
