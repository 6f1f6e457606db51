using System.Globalization;
using System.Text;

namespace Simper.Text.Doctor.Checks;

/// <summary>Where characters that nobody sees are part of the writing.</summary>
internal static class InvisibleCharacters
{
    private const int ZeroWidthJoiner = 0x200d;

    /// <summary>
    /// Whether a joiner or non-joiner at a place is: between letters of scripts that are joined or stacked (Arabic, Syriac,
    /// Mongolian, those of India and South East Asia), and in emoji of several parts.
    /// </summary>
    public static bool IsJoinerNeeded(string text, int at)
    {
        Rune? before = Before(text, at);
        Rune? after = After(text, at + 1);
        if (before is { } b && IsJoined(b) || after is { } a && IsJoined(a))
            return true;
        return text[at] == ZeroWidthJoiner && before is { } left && after is { } right && IsOfEmoji(left) && IsOfEmoji(right);
    }

    /// <summary>Whether a text has letters written from right to left, among which marks of direction are usual.</summary>
    public static bool IsDirectionNeeded(string text)
    {
        foreach (char c in text)
        {
            if (c is (>= '\u0590' and <= '\u08ff') or (>= '\ufb1d' and <= '\ufdcf') or (>= '\ufdf0' and <= '\ufefc'))
                return true;
        }
        return false;
    }

    /// <summary>Whether a tag character belongs to a flag: a black flag stands before the run of tags.</summary>
    public static bool IsOfFlag(string text, int at)
    {
        int i = at;
        while (i >= 2 && char.IsSurrogatePair(text, i - 2) && char.ConvertToUtf32(text, i - 2) is >= 0xe0000 and <= 0xe007f)
            i -= 2;
        return i >= 2 && char.IsSurrogatePair(text, i - 2) && char.ConvertToUtf32(text, i - 2) == 0x1f3f4;
    }

    // Variation selectors and skin tones belong to the emoji before them.
    private static Rune? Before(string text, int at)
    {
        int i = at;
        while (i > 0 && text[i - 1] is '\ufe0f' or '\u200d' or '\u200c')
            i--;
        return i > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, i), out Rune rune, out _) == System.Buffers.OperationStatus.Done
            ? rune
            : null;
    }

    private static Rune? After(string text, int at) =>
        at < text.Length && Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out _) == System.Buffers.OperationStatus.Done
            ? rune
            : null;

    private static bool IsJoined(Rune rune) =>
        rune.Value
            is (>= 0x0600 and <= 0x08ff)
                or (>= 0x0900 and <= 0x0dff)
                or (>= 0x0e00 and <= 0x109f)
                or (>= 0x1780 and <= 0x18af)
                or (>= 0x1a20 and <= 0x1cff)
                or (>= 0xa800 and <= 0xabff)
                or (>= 0xfb50 and <= 0xfdff)
                or (>= 0xfe70 and <= 0xfefc)
                or (>= 0x10a00 and <= 0x11fff)
                or (>= 0x1e900 and <= 0x1e95f);

    private static bool IsOfEmoji(Rune rune) =>
        rune.Value >= 0x1f000 || Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.ModifierSymbol;
}
