using System.Text.RegularExpressions;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor.Checks;

/// <summary>Blocks of thoughts in answers.</summary>
internal sealed partial class ReasoningChecks : IRowCheck
{
    public static readonly Check Unclosed = new(
        "unclosed-thoughts",
        Grade.Warning,
        "an answer opens a block of thoughts that it does not close",
        "The answer was cut while the model still thought; it teaches thoughts without an answer.",
        "Take the row out, or generate the answer again with more room."
    );

    public static readonly Check OneSided = new(
        "thoughts-on-one-side",
        Grade.Note,
        "one answer of the pair has thoughts and the other none",
        "Whether there are thoughts tells the label; the model learns to think, or not to, and little else.",
        "Fine if that is the aim; else give both answers thoughts, or neither."
    );

    public static readonly Check Empty = new(
        "empty-thoughts",
        Grade.Note,
        "an answer has an empty block of thoughts in its own text",
        "A block in the data is the answer's, and is scored: the model learns to think nothing.",
        "Take it out where the template writes one itself."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Unclosed, OneSided, Empty];

    private static readonly string[] Names = ["think", "thinking", "reasoning", "thought"];

    public void Look(ExaminedRow row)
    {
        PreferenceGroup group = row.Group!;
        var thinks = new bool[group.Answers.Count];
        foreach (RowText text in row.Texts)
        {
            if (text is not { Answer: >= 0, Role: "assistant" })
                continue;
            // A second text of a message is its reasoning.
            thinks[text.Answer] |= !ReferenceEquals(text.Text, group.Answers[text.Answer][text.Message].Content);
            string? name = text.Text.Contains('<', StringComparison.Ordinal)
                ? Array.Find(Names, n => text.Text.Contains($"<{n}>", StringComparison.Ordinal))
                : null;
            if (name is null)
                continue;
            thinks[text.Answer] = true;
            int closes = text.Text.LastIndexOf($"</{name}>", StringComparison.Ordinal);
            if (closes < text.Text.IndexOf($"<{name}>", StringComparison.Ordinal))
                row.Add(Unclosed, row.Where(text));
            else if (Block().IsMatch(text.Text))
                row.Add(Empty, row.Where(text));
        }
        if (row.Kind == AnswerKind.Pair && thinks[0] != thinks[1])
            row.Add(OneSided, thinks[0] ? "chosen has them" : "rejected has them");
    }

    [GeneratedRegex(@"<(think|thinking|reasoning|thought)>\s*</\1>")]
    private static partial Regex Block();
}
