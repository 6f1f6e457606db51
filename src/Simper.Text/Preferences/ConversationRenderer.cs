using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>A prompt with an answer behind it.</summary>
/// <param name="Whole">Both.</param>
/// <param name="Boundary">Where the answer begins.</param>
/// <param name="Spoken">The parts that the assistant says, behind the boundary.</param>
internal sealed record SpokenText(string Whole, int Boundary, List<(int Start, int End)> Spoken);

/// <summary>
/// Renders a group's prompt with each of its answers. Where turns begin is known from rendering what stands before them; what stands before
/// the answers is the same for all, and rendered once.
/// </summary>
/// <param name="render">Messages as a template's values, whether the assistant begins to speak behind them, and tools, to text.</param>
/// <param name="group">The group.</param>
internal sealed class ConversationRenderer(Func<List<object?>, bool, JsonArray?, string> render, PreferenceGroup group)
{
    private readonly List<object?> _prompt = [.. group.Prompt.Select(m => m.ToValue())];
    private readonly string?[] _before = new string?[2]; // what stands before the answers: user speaks next, assistant speaks next

    public SpokenText Of(IReadOnlyList<ChatMessage> answer)
    {
        List<object?> messages = [.. _prompt, .. answer.Select(m => m.ToValue())];
        string whole = render(messages, false, group.Tools);
        int first = _prompt.Count;
        var spoken = new List<(int Start, int End)>(1);
        for (int i = first; i < messages.Count; i++)
        {
            if (answer[i - first].Role == "assistant")
                spoken.Add((StartOf(messages, i, whole, speaks: true), i + 1 < messages.Count ? StartOf(messages, i + 1, whole, speaks: false) : whole.Length));
        }
        int boundary = answer[0].Role == "assistant" ? spoken[0].Start : StartOf(messages, first, whole, speaks: false);
        return new SpokenText(whole, boundary, spoken);
    }

    private int StartOf(List<object?> messages, int index, string whole, bool speaks)
    {
        if (index == 0)
            return 0;
        string before = index == _prompt.Count
            ? _before[speaks ? 1 : 0] ??= render(_prompt, speaks, group.Tools)
            : render(messages[..index], speaks, group.Tools);
        if (whole.StartsWith(before, StringComparison.Ordinal))
            return before.Length;
        throw new SimperException("the chat template renders the conversation differently once an answer follows, so it is not known where the answer begins.");
    }
}
