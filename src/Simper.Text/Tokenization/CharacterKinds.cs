using System.Globalization;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>Character classes as in the reference library, where .NET's differ.</summary>
internal static class CharacterKinds
{
    /// <summary>Rust's is_numeric: the categories Nd, Nl and No.</summary>
    public static bool IsNumeric(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber
                or UnicodeCategory.OtherNumber;

    /// <summary>ASCII punctuation and the punctuation categories.</summary>
    public static bool IsPunctuation(Rune rune) =>
        (rune.IsAscii && (char.IsPunctuation((char)rune.Value) || char.IsSymbol((char)rune.Value)))
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.ConnectorPunctuation
                or UnicodeCategory.DashPunctuation
                or UnicodeCategory.OpenPunctuation
                or UnicodeCategory.ClosePunctuation
                or UnicodeCategory.InitialQuotePunctuation
                or UnicodeCategory.FinalQuotePunctuation
                or UnicodeCategory.OtherPunctuation;

    /// <summary>Combining marks: Mn, Mc and Me.</summary>
    public static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark;

    /// <summary>\w by the Unicode standard (UTS 18, annex C): alphabetic, marks, decimal digits, connectors, joiners.</summary>
    public static bool IsWord(Rune rune) =>
        Rune.IsLetter(rune)
        || IsMark(rune)
        || IsCircledOrSquaredLetter(rune)
        || rune.Value is 0x200c or 0x200d
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.DecimalDigitNumber
                or UnicodeCategory.LetterNumber
                or UnicodeCategory.ConnectorPunctuation;

    /// <summary>Symbols that count as alphabetic.</summary>
    public static bool IsCircledOrSquaredLetter(Rune rune) =>
        rune.Value
            is (>= 0x24b6 and <= 0x24e9)
                or (>= 0x1f130 and <= 0x1f149)
                or (>= 0x1f150 and <= 0x1f169)
                or (>= 0x1f170 and <= 0x1f189);
}
