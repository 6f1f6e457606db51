using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Doctor.Checks;

/// <summary>Plain texts, which nothing separates: where the prompt ends and the answer begins.</summary>
internal sealed class JoinCheck(ModelText model) : IRowCheck
{
    public static readonly Check Joined = new(
        "joined-word",
        Grade.Warning,
        "prompt and answer are joined in the middle of a word: no space stands between them",
        "As plain texts they follow each other: the model learns words that are none. TRL's split of two texts at their first "
            + "different character does that, too.",
        "Let the answer begin with a space or a line end; without a prompt column, give one."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Joined];

    public void Look(ExaminedRow row)
    {
        PreferenceGroup group = row.Group!;
        if (!group.IsText || !model.ReadsAsText(group) || group.Prompt is not [.., { Content: { Length: > 0 } prompt }])
            return;
        if (!char.IsAsciiLetterOrDigit(prompt[^1]))
            return;
        for (int a = 0; a < group.Answers.Count; a++)
        {
            if (group.Answers[a] is [ChatMessage { Content: { Length: > 0 } answer }, ..] && char.IsAsciiLetterOrDigit(answer[0]))
                row.Add(Joined, $"{row.NameOf(a)}: \"{End(prompt)}\" and \"{answer[..Math.Min(12, answer.Length)]}\"");
        }
    }

    private static string End(string text) => text[^Math.Min(12, text.Length)..];
}
