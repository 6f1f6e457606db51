namespace Simper.Text.Doctor.Checks;

/// <summary>Answers that end in the middle, and words that no person wrote.</summary>
internal sealed class EndChecks : IRowCheck
{
    public static readonly Check Unfinished = new(
        "unfinished-answer",
        Grade.Note,
        "a long chosen answer ends without punctuation",
        "It may have been cut where it was generated; the model learns to stop in the middle.",
        "Look at the rows; generate such answers again with more room."
    );

    public static readonly Check OpenCode = new(
        "open-code-block",
        Grade.Note,
        "a chosen answer opens a block of code (```) that it does not close",
        "It was probably cut; the model learns to leave blocks open.",
        "Close the block, or take the row out."
    );

    public static readonly Check LongWord = new(
        "long-word",
        Grade.Note,
        "a word of more than 500 characters stands in a text",
        "Base64, minified code or a table of data: many tokens that teach nothing.",
        "Take it out, or the row."
    );

    public static readonly Check PrivateKey = new(
        "private-key",
        Grade.Warning,
        "a private key or an access key stands in a text",
        "The model may tell it to anybody.",
        "Take the row out, and the key out of use."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Unfinished, OpenCode, LongWord, PrivateKey];

    private const int Longest = 500;

    public void Look(ExaminedRow row)
    {
        if (row.Kind is AnswerKind.Pair or AnswerKind.Single or AnswerKind.Ranked && row.Facts.Traits.Length > 0)
        {
            Traits chosen = row.Facts.Traits[0];
            if (chosen.HasFlag(Traits.IsLong) && !chosen.HasFlag(Traits.EndsWhole) && !chosen.HasFlag(Traits.HasCode))
                row.Add(Unfinished, End(row.TextOf(0)));
            if (chosen.HasFlag(Traits.HasCode) && row.TextOf(0).AsSpan().Count("```") % 2 == 1)
                row.Add(OpenCode, row.NameOf(0));
        }
        foreach (RowText text in row.Texts)
        {
            if (text.Text.Length > Longest && HasLongWord(text.Text))
                row.Add(LongWord, row.Where(text));
            if (IsKey(text.Text))
                row.Add(PrivateKey, row.Where(text));
        }
    }

    private static string End(string text) => $"\"... {text.TrimEnd()[^30..].ReplaceLineEndings(" ")}\"";

    // Scripts without spaces have long runs; a word here is of ASCII.
    private static bool HasLongWord(string text)
    {
        int start = 0;
        while (text.Length - start > Longest)
        {
            int space = text.AsSpan(start, Longest).LastIndexOfAnyExceptInRange('!', '~');
            if (space < 0)
                return true;
            start += space + 1;
        }
        return false;
    }

    private static bool IsKey(string text) =>
        text.Contains("-----BEGIN ", StringComparison.Ordinal)
            && text.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
            && text.Length > 200
        || Found(text, "AKIA", 20, upper: true)
        || Found(text, "ghp_", 40, upper: false)
        || Found(text, "hf_", 37, upper: false);

    // A known prefix, followed by letters and digits up to a known length.
    private static bool Found(string text, string prefix, int length, bool upper)
    {
        for (
            int at = text.IndexOf(prefix, StringComparison.Ordinal);
            at >= 0;
            at = text.IndexOf(prefix, at + 1, StringComparison.Ordinal)
        )
        {
            if (at > 0 && char.IsLetterOrDigit(text[at - 1]))
                continue;
            int end = at + prefix.Length;
            while (
                end < text.Length
                && (char.IsAsciiDigit(text[end]) || (upper ? char.IsAsciiLetterUpper(text[end]) : char.IsAsciiLetter(text[end])))
            )
                end++;
            if (end - at == length && text.AsSpan(at, length).ContainsAnyInRange('0', '9'))
                return true;
        }
        return false;
    }
}
