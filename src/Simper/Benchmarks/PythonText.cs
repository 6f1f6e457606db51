using System.Globalization;
using System.Text;

namespace Simper.Benchmarks;

/// <summary>Operations on texts as Python has them, beyond <see cref="PythonCharacters"/>.</summary>
internal static class PythonText
{
    /// <summary><c>rstrip()</c>.</summary>
    public static string TrimEnd(string text)
    {
        int end = text.Length;
        while (end > 0 && PythonCharacters.IsSpace(text[end - 1]))
            end--;
        return text[..end];
    }

    /// <summary>Whether a text is the digits of a number that templates render.</summary>
    public static bool IsDigits(string text) => text.Length is > 0 and < 10 && text.All(char.IsAsciiDigit);

    /// <summary><c>capitalize()</c>: the first letter in upper case, all others in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        Rune first = Rune.GetRuneAt(text, 0);
        return Rune.ToUpperInvariant(first) + text[first.Utf16SequenceLength..].ToLowerInvariant();
    }

    /// <summary>
    /// The number of pieces of <c>re.split(r"\s+", text)</c>, empty ones at the ends included: how words are counted.
    /// </summary>
    public static int WordCount(string text)
    {
        int pieces = 1;
        for (int i = 0; i < text.Length; i++)
            pieces += PythonCharacters.IsSpace(text[i]) && (i == 0 || !PythonCharacters.IsSpace(text[i - 1])) ? 1 : 0;
        return pieces;
    }

    /// <summary>A number as Python's <c>int()</c> reads it; null if it is none.</summary>
    public static int? Int(string text) =>
        int.TryParse(PythonCharacters.Strip(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;
}
