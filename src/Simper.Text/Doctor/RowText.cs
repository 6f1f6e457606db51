using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Doctor;

/// <summary>A text of a row.</summary>
/// <param name="Text">The text.</param>
/// <param name="Role">Whose it is.</param>
/// <param name="Answer">Which answer it belongs to; -1 for the prompt.</param>
/// <param name="Message">Which message of the prompt or answer, from 0.</param>
internal readonly record struct RowText(string Text, string Role, int Answer, int Message)
{
    private static readonly string[] Thoughts = ["reasoning_content", "reasoning", "thinking"];

    /// <summary>All texts of a group, in order; reasoning that stands beside a content is one, too.</summary>
    public static IEnumerable<RowText> Of(PreferenceGroup group)
    {
        foreach (RowText text in Of(group.Prompt, -1))
            yield return text;
        for (int a = 0; a < group.Answers.Count; a++)
        {
            foreach (RowText text in Of(group.Answers[a], a))
                yield return text;
        }
    }

    /// <summary>"prompt", or "prompt, message 2" where there are several.</summary>
    public static string Place(string name, int message, int count) => count > 1 ? $"{name}, message {message + 1}" : name;

    /// <summary>All texts of messages.</summary>
    public static IEnumerable<RowText> Of(IReadOnlyList<ChatMessage> messages, int answer = -1)
    {
        for (int m = 0; m < messages.Count; m++)
        {
            yield return new RowText(messages[m].Content, messages[m].Role, answer, m);
            if (messages[m].Extra is not { } extra)
                continue;
            foreach (string key in Thoughts)
            {
                if (extra[key] is JsonValue said && said.GetValueKind() == JsonValueKind.String)
                    yield return new RowText((string)said!, messages[m].Role, answer, m);
            }
        }
    }
}
