using System.Globalization;
using System.Text;

namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// The words of a text as 64-bit hashes, in order: runs of letters, marks and digits in lower case, and each character of a
/// script that is written without spaces. Punctuation and symbols only separate, unless the text has nothing else.
/// </summary>
internal static class WordHashes
{
    private const ulong Offset = 0xcbf29ce484222325; // FNV-1a
    private const ulong Prime = 0x100000001b3;

    /// <summary>Appends the words of a text.</summary>
    public static void Read(string text, List<ulong> to)
    {
        int before = to.Count;
        string composed = NormalForm.OfAnswer(text);
        Read(composed, to, separates: true);
        if (to.Count == before)
            Read(composed, to, separates: false);
    }

    private static void Read(string text, List<ulong> to, bool separates)
    {
        ulong word = Offset;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isAlone = IsWrittenWithoutSpaces(rune.Value);
            if (!isAlone && (separates ? IsOfWord(rune) : !Rune.IsWhiteSpace(rune)))
            {
                word = (word ^ (uint)Rune.ToLowerInvariant(rune).Value) * Prime;
                continue;
            }
            if (word != Offset)
                to.Add(DeterministicRandom.Mixed(word));
            word = Offset;
            if (isAlone)
                to.Add(DeterministicRandom.Mixed((Offset ^ (uint)rune.Value) * Prime));
        }
        if (word != Offset)
            to.Add(DeterministicRandom.Mixed(word));
    }

    private static bool IsOfWord(Rune rune) =>
        Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark
                or UnicodeCategory.SpacingCombiningMark
                or UnicodeCategory.EnclosingMark;

    // Thai and Lao, Myanmar, Khmer, kana, Han with its extensions; Korean has spaces.
    private static bool IsWrittenWithoutSpaces(int character) =>
        character
            is >= 0x0e00
                and <= 0x0eff
                or >= 0x1000
                and <= 0x109f
                or >= 0x1780
                and <= 0x17ff
                or >= 0x3040
                and <= 0x30ff
                or >= 0x3400
                and <= 0x4dbf
                or >= 0x4e00
                and <= 0x9fff
                or >= 0xf900
                and <= 0xfaff
                or >= 0x20000
                and <= 0x3ffff;
}
