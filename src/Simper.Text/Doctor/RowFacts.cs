using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Text.Templates;

namespace Simper.Text.Doctor;

/// <summary>What several checks need of a row, computed once with it on all cores.</summary>
internal sealed record RowFacts
{
    public static readonly RowFacts None = new();

    /// <summary>How many tokens of each answer are scored; none where it was not tokenized.</summary>
    public int[] Lengths { get; init; } = [];

    /// <summary>The traits of each answer.</summary>
    public Traits[] Traits { get; init; } = [];

    /// <summary>What identifies the row among others.</summary>
    public GroupHash Hash { get; init; }

    /// <summary>The form of its accented letters.</summary>
    public LetterForms Forms { get; init; }

    /// <summary>The script of the prompt's last user message.</summary>
    public Script PromptScript { get; init; }

    /// <summary>The script of each answer.</summary>
    public Script[] AnswerScripts { get; init; } = [];

    public static RowFacts Of(ExaminedRow row)
    {
        PreferenceGroup group = row.Group!;
        string[] answers = [.. Enumerable.Range(0, group.Answers.Count).Select(row.TextOf)];
        return new RowFacts
        {
            Lengths = row.Tokens?.Group is { } tokens ? [.. tokens.Answers.Select(a => a.IsScored.AsSpan().Count(true))] : [],
            Traits = [.. answers.Select(AnswerTraits.Of)],
            Hash = GroupHash.Of(group),
            Forms = NormalForms.Of(row.Texts),
            PromptScript = ScriptCounts.Of(Asked(group.Prompt)),
            AnswerScripts = [.. answers.Select(ScriptCounts.Of)],
        };
    }

    /// <summary>The last question of a prompt.</summary>
    public static string Asked(IReadOnlyList<ChatMessage> prompt) => prompt.LastOrDefault(m => m.Role == "user")?.Content ?? "";
}
