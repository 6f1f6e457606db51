using System.Text;

namespace Simper.Text.Doctor.Checks;

/// <summary>Scripts that are told apart, by ranges of Unicode. A script is not a language: Latin is that of hundreds.</summary>
internal enum Script
{
    /// <summary>No letters, or those of a script that is not listed.</summary>
    None,
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Indic,
    Thai,
    Hangul,
    Japanese,
    Han,
    Other,
}

/// <summary>Which script a text is in.</summary>
internal static class ScriptCounts
{
    private const int Looked = 4000; // characters of a long text that are looked at
    private const double Most = 0.6;
    private const double Few = 0.05;
    private const int Fewest = 12;
    private const string Fence = "```";

    private static readonly int Scripts = Enum.GetValues<Script>().Length;

    /// <summary>The script of most letters; none where they are few, or of several.</summary>
    public static Script Of(string text)
    {
        ReadOnlySpan<char> looked = text.AsSpan(0, Math.Min(text.Length, Looked));
        if (Ascii.IsValid(looked))
            return HasLetters(looked) ? Script.Latin : Script.None;
        Span<int> counts = stackalloc int[Scripts];
        int letters = Count(looked, counts);
        int most = 1;
        for (int s = 2; s < Scripts; s++)
            most = counts[s] > counts[most] ? s : most;
        // A letter of Han or Hangul says as much as several of an alphabet.
        int fewest = most is (int)Script.Han or (int)Script.Hangul or (int)Script.Japanese ? Fewest / 3 : Fewest;
        return counts[most] >= Most * letters && counts[most] >= fewest ? (Script)most : Script.None;
    }

    /// <summary>
    /// Whether a text has hardly a letter of a script: code and names in Latin do not make a Chinese text English.
    /// </summary>
    public static bool Lacks(string text, Script script)
    {
        int code = text.IndexOf(Fence, StringComparison.Ordinal);
        ReadOnlySpan<char> looked = text.AsSpan(0, Math.Min(code > 0 ? code : text.Length, Looked));
        Span<int> counts = stackalloc int[Scripts];
        int letters = Count(looked, counts);
        return letters >= Fewest && counts[(int)script] < Few * letters;
    }

    private static int Count(ReadOnlySpan<char> text, Span<int> counts)
    {
        counts.Clear();
        int letters = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Rune.IsLetter(rune))
                continue;
            letters++;
            counts[(int)Of(rune)]++;
        }
        // Japanese writes Han among its kana.
        ref int kana = ref counts[(int)Script.Japanese];
        ref int han = ref counts[(int)Script.Han];
        if (kana > letters / 20)
            (kana, han) = (kana + han, 0);
        return letters;
    }

    /// <summary>The script of a letter.</summary>
    public static Script Of(Rune letter) =>
        letter.Value switch
        {
            < 0x250 or (>= 0x1e00 and <= 0x1eff) or (>= 0xff21 and <= 0xff5a) or (>= 0x2c60 and <= 0x2c7f) => Script.Latin,
            (>= 0x370 and <= 0x3ff) or (>= 0x1f00 and <= 0x1fff) => Script.Greek,
            (>= 0x400 and <= 0x52f) or (>= 0x1c80 and <= 0x1c8f) or (>= 0x2de0 and <= 0x2dff) or (>= 0xa640 and <= 0xa69f) =>
                Script.Cyrillic,
            (>= 0x590 and <= 0x5ff) or (>= 0xfb1d and <= 0xfb4f) => Script.Hebrew,
            (>= 0x600 and <= 0x6ff)
            or (>= 0x750 and <= 0x77f)
            or (>= 0x870 and <= 0x8ff)
            or (>= 0xfb50 and <= 0xfdff)
            or (>= 0xfe70 and <= 0xfefc) => Script.Arabic,
            >= 0x900 and <= 0xdff => Script.Indic,
            >= 0xe00 and <= 0xeff => Script.Thai,
            (>= 0x1100 and <= 0x11ff) or (>= 0x3130 and <= 0x318f) or (>= 0xac00 and <= 0xd7ff) => Script.Hangul,
            (>= 0x3040 and <= 0x30ff) or (>= 0x31f0 and <= 0x31ff) or (>= 0xff66 and <= 0xff9f) => Script.Japanese,
            (>= 0x2e80 and <= 0x2fdf)
            or (>= 0x3400 and <= 0x4dbf)
            or (>= 0x4e00 and <= 0x9fff)
            or (>= 0xf900 and <= 0xfaff)
            or (>= 0x20000 and <= 0x3ffff)
            or 0x3005
            or 0x3007 => Script.Han,
            _ => Script.Other,
        };

    private static bool HasLetters(ReadOnlySpan<char> text)
    {
        int letters = 0;
        foreach (char c in text)
        {
            letters += char.IsAsciiLetter(c) ? 1 : 0;
            if (letters >= Fewest)
                return true;
        }
        return false;
    }
}
