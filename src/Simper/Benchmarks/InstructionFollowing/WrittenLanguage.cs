using System.Globalization;
using System.Text;

namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>
/// Which language a text is in, of some thirty: by its script where that settles it, else by common short words and letters of
/// the languages that share the script. The original asks a statistical detector; texts of a few words, of names or in capitals
/// may be judged otherwise there. A text without any letter counts as in any language, as there.
/// </summary>
internal static class WrittenLanguage
{
    private static readonly (string Code, int First, int Last)[] Scripts =
    [
        ("el", 0x370, 0x3FF),
        ("he", 0x590, 0x5FF),
        ("pa", 0xA00, 0xA7F),
        ("gu", 0xA80, 0xAFF),
        ("ta", 0xB80, 0xBFF),
        ("te", 0xC00, 0xC7F),
        ("kn", 0xC80, 0xCFF),
        ("ml", 0xD00, 0xD7F),
        ("th", 0xE00, 0xE7F),
        ("bn", 0x980, 0x9FF),
        ("ja", 0x3040, 0x30FF),
        ("ko", 0x1100, 0x11FF),
        ("ko", 0xAC00, 0xD7AF),
        ("zh", 0x4E00, 0x9FFF),
        ("devanagari", 0x900, 0x97F),
        ("cyrillic", 0x400, 0x52F),
        ("arabic", 0x600, 0x6FF),
        ("latin", 0x41, 0x24F),
        ("latin", 0x1E00, 0x1EFF),
    ];

    public static bool IsIn(string text, string language) =>
        Of(text) is not { } found || found == language || (language.StartsWith("zh", StringComparison.Ordinal) && found == "zh");

    /// <summary>The code of the language; null for a text without letters.</summary>
    public static string? Of(string text)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (Rune rune in text.EnumerateRunes().Where(Rune.IsLetter))
        {
            foreach ((string code, int first, int last) in Scripts)
            {
                if (rune.Value < first || rune.Value > last)
                    continue;
                counts[code] = counts.GetValueOrDefault(code) + 1;
                break;
            }
        }
        if (counts.Count == 0)
            return null;
        // Japanese mixes its own letters with those of Chinese.
        if (counts.GetValueOrDefault("ja") * 10 > counts.GetValueOrDefault("zh") && counts.ContainsKey("ja"))
            counts["ja"] += counts.GetValueOrDefault("zh");
        string script = counts.MaxBy(c => c.Value).Key;
        return CommonWords.ByScript.TryGetValue(script, out IReadOnlyList<CommonWords>? languages)
            ? Likeliest(text, languages)
            : script;
    }

    private static string Likeliest(string text, IReadOnlyList<CommonWords> languages)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (char c in text.ToLower(CultureInfo.InvariantCulture) + " ")
        {
            if (
                char.IsLetter(c)
                || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            )
                word.Append(c);
            else if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }
        return languages.MaxBy(l => words.Sum(l.Score))!.Language; // of equals the first
    }
}
