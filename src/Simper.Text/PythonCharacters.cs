using System.Globalization;
using System.Text;

namespace Simper;

/// <summary>
/// Classes of characters as Python's <c>str</c> and <c>re</c> have them: by code point, and in places unlike .NET's.
/// </summary>
public static class PythonCharacters
{
    /// <summary>A character of a word (<c>\w</c>) as a class for a .NET pattern: combining marks are none.</summary>
    public const string Word = @"[\p{L}\p{N}_]";

    /// <summary>The edge of a word (<c>\b</c>) as a .NET pattern.</summary>
    public const string Edge = $"(?:(?<={Word})(?!{Word})|(?<!{Word})(?={Word}))";

    /// <summary>Whether <c>str.isspace</c> holds: the separators U+001C to U+001F are white space too.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001c' and <= '\u001f';

    /// <summary><c>str.strip</c>.</summary>
    public static string Strip(string text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && IsSpace(text[start]))
            start++;
        while (end > start && IsSpace(text[end - 1]))
            end--;
        return text[start..end];
    }

    /// <summary><c>str.split</c> without a separator: the runs between white space.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        for (int at = 0; at < text.Length; )
        {
            int start = at;
            while (at < text.Length && !IsSpace(text[at]))
                at++;
            if (at > start)
                words.Add(text[start..at]);
            else
                at++;
        }
        return words;
    }

    /// <summary>Whether a code point is a character of a word: a letter, a number of any kind, or an underscore.</summary>
    public static bool IsWord(Rune rune) => rune.Value == '_' || Rune.IsLetter(rune) || IsNumber(rune);

    /// <summary><c>len</c>: code points; a lone surrogate is one.</summary>
    public static int Length(string text)
    {
        int pairs = 0;
        for (int i = 0; i + 1 < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i], text[i + 1]))
            {
                pairs++;
                i++;
            }
        }
        return text.Length - pairs;
    }

    /// <summary><c>str.isupper</c>: at least one cased character, and none of another case.</summary>
    public static bool IsUpper(string text) => IsCased(text, IsUppercase, IsLowercase);

    /// <summary><c>str.islower</c>.</summary>
    public static bool IsLower(string text) => IsCased(text, IsLowercase, IsUppercase);

    /// <summary><c>str.isdigit</c>.</summary>
    public static bool IsDigits(string text) => text.Length > 0 && text.EnumerateRunes().All(IsDigit);

    /// <summary><c>str.isdecimal</c>.</summary>
    public static bool IsDecimals(string text) =>
        text.Length > 0 && text.EnumerateRunes().All(r => Rune.GetUnicodeCategory(r) == UnicodeCategory.DecimalDigitNumber);

    private static bool IsNumber(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber;

    // Decimal digits and those in other shapes: superscripts, circled ones.
    private static bool IsDigit(Rune rune) =>
        CharUnicodeInfo.GetDigitValue(char.ConvertFromUtf32(rune.Value), 0) >= 0
        || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    private static bool IsCased(string text, Func<Rune, bool> wanted, Func<Rune, bool> other)
    {
        bool isFound = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (other(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter)
                return false;
            isFound |= wanted(rune);
        }
        return isFound;
    }

    // The second halves are Unicode's Other_Lowercase and Other_Uppercase, as far as texts use them.
    private static bool IsLowercase(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter
        || rune.Value
            is 0xAA
                or 0xBA
                or (>= 0x2B0 and <= 0x2B8)
                or (>= 0x2C0 and <= 0x2C1)
                or (>= 0x2E0 and <= 0x2E4)
                or (>= 0x2170 and <= 0x217F)
                or (>= 0x24D0 and <= 0x24E9);

    private static bool IsUppercase(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter
        || rune.Value is (>= 0x2160 and <= 0x216F) or (>= 0x24B6 and <= 0x24CF) or (>= 0x1F130 and <= 0x1F149);
}
