using System.Text;

namespace Simper.Text.Doctor.Checks;

/// <summary>Scripts that do not belong together: of prompt and answers, and within a word.</summary>
internal sealed class ScriptChecks : IRowCheck
{
    public static readonly Check Chosen = new(
        "chosen-in-another-script",
        Grade.Warning,
        "the chosen answer is in another script than prompt and rejected answer",
        "The model learns to answer in a language that it was not asked in; the labels may be inverted.",
        "Fine for translations; else check the label."
    );

    public static readonly Check Answers = new(
        "answer-in-another-script",
        Grade.Note,
        "an answer is in another script than its prompt",
        "Fine for translations and code; else the language alone may tell which answer is preferred.",
        "Look at the rows."
    );

    public static readonly Check Word = new(
        "mixed-script-word",
        Grade.Warning,
        "a word mixes Latin with Cyrillic or Greek letters that look alike",
        "It looks right and is tokenized as something else: a trace of homoglyphs, of evasion or of bad recognition.",
        "Replace the letters by those of the word's script."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Chosen, Answers, Word];

    // Capitals and small letters of Cyrillic and Greek that look like Latin ones.
    private const string Alike =
        "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425"
        + "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455"
        + "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf";

    public void Look(ExaminedRow row)
    {
        foreach (RowText text in row.Texts)
        {
            if (!Ascii.IsValid(text.Text) && MixedWord(text.Text) is { } word)
                row.Add(Word, $"{row.Where(text)}: {word}");
        }
        Script prompt = row.Facts.PromptScript;
        if (prompt == Script.None)
            return;
        Script[] answers = row.Facts.AnswerScripts;
        bool[] differs =
        [
            .. answers.Select((s, a) => s != Script.None && s != prompt && ScriptCounts.Lacks(row.TextOf(a), prompt)),
        ];
        if (row.Kind == AnswerKind.Pair && differs[0] && answers[1] == prompt)
            row.Add(Chosen, $"{answers[0]}, where prompt and rejected are in {prompt}");
        else if (Array.IndexOf(differs, true) is >= 0 and var first)
            row.Add(Answers, $"{row.NameOf(first)} in {answers[first]}, the prompt in {prompt}");
    }

    // A word of Latin letters with one of another script that looks like Latin.
    private static string? MixedWord(string text)
    {
        if (!text.AsSpan().ContainsAny(Alike))
            return null;
        for (int start = 0, end; start < text.Length; start = end + 1)
        {
            end = start;
            (bool latin, bool alike) = (false, false);
            for (; end < text.Length && char.IsLetter(text[end]); end++)
            {
                latin |= char.IsAsciiLetter(text[end]);
                alike |= Alike.Contains(text[end], StringComparison.Ordinal);
            }
            if (latin && alike && end - start >= 4)
                return text[start..end];
        }
        return null;
    }
}
