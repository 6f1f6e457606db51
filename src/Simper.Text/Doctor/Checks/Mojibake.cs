using System.Text;

namespace Simper.Text.Doctor.Checks;

/// <summary>
/// Text in UTF-8 that was read as Latin-1 or Windows-1252. A run of such characters that is, as bytes, a character of UTF-8 is
/// hardly ever meant: the second byte would be a symbol right behind an accented capital.
/// </summary>
internal static class Mojibake
{
    // The characters of Windows-1252 for the bytes 0x80 to 0x9f; 0 where it has none.
    private const string Windows =
        "\u20ac\0\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\0\u017d\0"
        + "\0\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\0\u017e\u0178";

    /// <summary>The first broken run of a text; null if there is none.</summary>
    public static string? First(string text)
    {
        if (Ascii.IsValid(text))
            return null;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is >= '\u00c2' and <= '\u00f4' && Run(text, i) is { Length: > 0 } run)
                return text.Substring(i, run.Length);
        }
        return null;
    }

    /// <summary>The text as it was; the same where nothing is broken.</summary>
    public static string Mended(string text)
    {
        if (First(text) is null)
            return text;
        var mended = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; )
        {
            if (text[i] is >= '\u00c2' and <= '\u00f4' && Run(text, i) is { Length: > 0 } run)
            {
                mended.Append(run.Rune.ToString());
                i += run.Length;
            }
            else
                mended.Append(text[i++]);
        }
        return mended.ToString();
    }

    // The character that a run at a place was; length 0 where there is none.
    private static (int Length, Rune Rune) Run(string text, int at)
    {
        int length =
            text[at] < '\u00e0' ? 2
            : text[at] < '\u00f0' ? 3
            : 4;
        if (at + length > text.Length)
            return default;
        Span<byte> bytes = stackalloc byte[length];
        bytes[0] = (byte)text[at];
        for (int i = 1; i < length; i++)
        {
            int value = ByteOf(text[at + i]);
            if (value is < 0x80 or > 0xbf)
                return default;
            bytes[i] = (byte)value;
        }
        bool isOne =
            Rune.DecodeFromUtf8(bytes, out Rune rune, out int used) == System.Buffers.OperationStatus.Done && used == length;
        return isOne && IsLikely(text, at, rune) ? (length, rune) : default;
    }

    // Two bytes give 1,920 characters, of which Latin letters and signs are what such texts have; "Ã " and the like are rather
    // words in capitals before a sign.
    private static bool IsLikely(string text, int at, Rune rune) =>
        rune.Value switch
        {
            < 0xa0 => false,
            < 0x180 => at == 0 || !char.IsUpper(text[at - 1]),
            < 0x800 => Run2(text, at + 2),
            _ => Rune.IsLetter(rune) || Rune.IsPunctuation(rune) || Rune.IsSymbol(rune),
        };

    // Other alphabets of two bytes a letter: a word has several.
    private static bool Run2(string text, int at) =>
        at + 1 < text.Length && text[at] is >= '\u00c4' and <= '\u00df' && ByteOf(text[at + 1]) is >= 0x80 and <= 0xbf;

    private static int ByteOf(char c) =>
        c < '\u0100' ? c
        : Windows.IndexOf(c, StringComparison.Ordinal) is >= 0 and var i ? 0x80 + i
        : -1;
}
