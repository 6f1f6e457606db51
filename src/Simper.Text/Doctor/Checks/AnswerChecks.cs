using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Doctor.Checks;

/// <summary>Answers that say nothing, or the same.</summary>
internal sealed class AnswerChecks : IRowCheck
{
    public static readonly Check Empty = new(
        "empty-answer",
        Grade.Warning,
        "an answer is empty or has only white space",
        "Nothing of it can be learnt but to stop at once; strict drops the row, TRL trains on the end token alone.",
        "Fill the answer, or take the row out."
    )
    {
        Elsewhere = Grade.Error,
        IsMended = true,
    };

    public static readonly Check Placeholder = new(
        "placeholder-answer",
        Grade.Warning,
        "an answer is the name of a missing value (nan, <NA>, [deleted], [object Object], ...)",
        "A table wrote it where there was no answer, and the model learns to say it.",
        "Fill the answer, or take the row out."
    );

    public static readonly Check MaybePlaceholder = new(
        "possible-placeholder",
        Grade.Note,
        "an answer is None, null, undefined or N/A",
        "Right where it is the answer; else a table wrote it where there was none.",
        "Look at the rows."
    );

    public static readonly Check Identical = new(
        "identical-answers",
        Grade.Warning,
        "the answers are equal",
        "Nothing is preferred; strict drops the row, other programs spend a step on a gradient of zero or on noise.",
        "Take the row out."
    )
    {
        IsMended = true,
    };

    public static readonly Check RankedTwice = new(
        "answer-ranked-twice",
        Grade.Warning,
        "two of the ranked answers are equal, and one is ranked higher",
        "The same tokens are raised and lowered at once.",
        "Take one of the two out."
    );

    public static readonly Check SpaceApart = new(
        "answers-differ-in-space-only",
        Grade.Warning,
        "the answers differ in white space alone",
        "The model learns to prefer white space.",
        "Take the row out, or mend the answers."
    );

    public static readonly Check Prefix = new(
        "prefix-answer",
        Grade.Note,
        "one answer is the beginning of the other",
        "The shared tokens are raised and lowered at once; what is learnt is where to stop. Often the other one was cut.",
        "Check that the shorter one is a whole answer."
    );

    public static readonly Check RepeatsPrompt = new(
        "answer-repeats-prompt",
        Grade.Warning,
        "an answer begins with the whole prompt",
        "Prompt and answer were joined while the data was made; the model learns to repeat questions.",
        "Take the prompt off the answer."
    );

    public static readonly Check InPrompt = new(
        "chosen-in-prompt",
        Grade.Note,
        "the chosen answer stands word for word in the prompt",
        "The model may learn to copy; with tasks of extraction or of choice that is intended.",
        "Check that the prompt does not leak the answer."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [Empty, Placeholder, MaybePlaceholder, Identical, RankedTwice, SpaceApart, Prefix, RepeatsPrompt, InPrompt];

    private const int LongPrompt = 40;
    private const int LongAnswer = 80;

    private static readonly HashSet<string> Missing = new(StringComparer.OrdinalIgnoreCase)
    {
        "nan",
        "#n/a",
        "<na>",
        "nat",
        "[deleted]",
        "[removed]",
        "[object object]",
    };

    private static readonly HashSet<string> PerhapsMissing = new(StringComparer.OrdinalIgnoreCase)
    {
        "none",
        "null",
        "undefined",
        "n/a",
    };

    public void Look(ExaminedRow row)
    {
        PreferenceGroup group = row.Group!;
        string prompt = RowFacts.Asked(group.Prompt).Trim();
        for (int a = 0; a < group.Answers.Count; a++)
        {
            if (IsEmpty(group.Answers[a]))
            {
                row.Add(Empty, row.NameOf(a));
                continue;
            }
            string text = row.TextOf(a);
            if (text.Length < 20 && PlaceholderIn(text.Trim(), prompt) is { } check)
                row.Add(check, $"{row.NameOf(a)} is \"{text.Trim()}\"");
            if (prompt.Length >= LongPrompt && Begins(text, prompt))
                row.Add(RepeatsPrompt, row.NameOf(a));
        }
        if (row.Kind is AnswerKind.Pair or AnswerKind.Ranked)
            Compare(row, group);
        if (
            row.Kind is AnswerKind.Pair or AnswerKind.Single
            && row.TextOf(0).Trim() is { Length: >= LongAnswer } chosen
            && prompt.Contains(chosen, StringComparison.Ordinal)
        )
            row.Add(InPrompt, row.NameOf(0));
    }

    /// <summary>Whether an answer has nothing that the assistant says.</summary>
    public static bool IsEmpty(IReadOnlyList<ChatMessage> answer) =>
        answer.LastOrDefault(m => m.Role == "assistant") is not { } spoken || !Conversations.Says(spoken);

    private static void Compare(ExaminedRow row, PreferenceGroup group)
    {
        for (int b = 1; b < group.Answers.Count; b++)
        {
            for (int a = 0; a < b; a++)
            {
                if (IsEmpty(group.Answers[a]) || IsEmpty(group.Answers[b]))
                    continue;
                string pair = group.Answers.Count == 2 ? "" : $"{row.NameOf(a)} and {row.NameOf(b)}";
                if (Conversations.AreEqual(group.Answers[a], group.Answers[b]))
                {
                    if (row.Kind == AnswerKind.Pair || group.Answers.All(o => Conversations.AreEqual(o, group.Answers[0])))
                        row.Add(Identical, pair);
                    else if (group.Weights![a] != group.Weights[b])
                        row.Add(RankedTwice, pair);
                    continue;
                }
                if (group.Answers[a].Count == 1 && group.Answers[b].Count == 1 && !HasMore(group, a) && !HasMore(group, b))
                    Compare(row, row.TextOf(a).AsSpan().Trim(), row.TextOf(b).AsSpan().Trim(), a, b);
            }
        }
    }

    private static void Compare(ExaminedRow row, ReadOnlySpan<char> first, ReadOnlySpan<char> second, int a, int b)
    {
        if (IsSameWithoutSpace(first, second))
            row.Add(SpaceApart, row.Kind == AnswerKind.Pair ? "" : $"{row.NameOf(a)} and {row.NameOf(b)}");
        else if (second.StartsWith(first, StringComparison.Ordinal))
            row.Add(Prefix, $"{row.NameOf(a)}, of {row.NameOf(b)}");
        else if (first.StartsWith(second, StringComparison.Ordinal))
            row.Add(Prefix, $"{row.NameOf(b)}, of {row.NameOf(a)}");
    }

    // Calls and reasoning beside the text make answers differ that have the same text.
    private static bool HasMore(PreferenceGroup group, int answer) => group.Answers[answer][0].Extra is not null;

    private static bool Begins(string text, string prompt)
    {
        ReadOnlySpan<char> answer = text.AsSpan().TrimStart();
        // A sentence that was to be completed is repeated with its end.
        return answer.Length > prompt.Length
            && !char.IsLetterOrDigit(prompt[^1])
            && answer.StartsWith(prompt, StringComparison.Ordinal);
    }

    // A short word that the question itself names may be the answer to it.
    private static Check? PlaceholderIn(string text, string prompt) =>
        prompt.Contains(text.Trim('[', ']', '<', '>'), StringComparison.OrdinalIgnoreCase) ? null
        : Missing.Contains(text) ? Placeholder
        : PerhapsMissing.Contains(text) ? MaybePlaceholder
        : null;

    private static bool IsSameWithoutSpace(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        int i = 0;
        int j = 0;
        while (true)
        {
            while (i < a.Length && char.IsWhiteSpace(a[i]))
                i++;
            while (j < b.Length && char.IsWhiteSpace(b[j]))
                j++;
            if (i == a.Length || j == b.Length)
                return i == a.Length && j == b.Length;
            if (a[i++] != b[j++])
                return false;
        }
    }
}
