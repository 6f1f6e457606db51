using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>Finds what a template omits from a conversation. Nothing is dropped from training silently.</summary>
internal static class RenderingNotes
{
    /// <summary>What is missing in the rendering of a group's prompt.</summary>
    public static RowNotes OfPrompt(ModelText model, PreferenceGroup group, string rendered)
    {
        RowNotes notes = WrittenParts.LacksCalls(group.Prompt, rendered) ? RowNotes.CallsUnwritten : RowNotes.None;
        // A name that is not found may have been written differently, so the rendering without tools decides.
        return
            group.Tools is { } tools
            && !WrittenParts.HasTool(tools, rendered)
            && IsSame(model, group, group.Prompt, group with { Tools = null })
            ? notes | RowNotes.ToolsUnwritten
            : notes;
    }

    /// <summary>What is missing in the rendering of an answer.</summary>
    public static RowNotes OfAnswer(ModelText model, PreferenceGroup group, IReadOnlyList<ChatMessage> answer, string rendered)
    {
        (bool any, bool all) = WrittenParts.Of(answer.Where(m => m.Role == "assistant"), rendered);
        if (any)
            return all ? RowNotes.None : RowNotes.PartUnwritten;
        ChatMessage[] silent = [.. answer.Select(m => m.Role == "assistant" ? new ChatMessage(m.Role, "") : m)];
        return IsSame(model, group, [.. group.Prompt, .. answer], group, [.. group.Prompt, .. silent])
            ? RowNotes.NothingWritten
            : RowNotes.None;
    }

    /// <summary>What is missing in the renderings of a prompt, and of it with each of its answers.</summary>
    public static RowNotes OfWholes(ModelText model, PreferenceGroup group, string prompt, IReadOnlyList<string> wholes)
    {
        RowNotes notes = OfPrompt(model, group, prompt);
        for (int i = 0; i < wholes.Count; i++)
        {
            string answer = wholes[i][wholes[i].AsSpan().CommonPrefixLength(prompt)..];
            notes |= OfAnswer(model, group, group.Answers[i], answer);
            notes |=
                group.Answers[i][0] is { Role: "assistant" } first && EmptyThoughts.Length(answer, first.Content) > 0
                    ? RowNotes.EmptyThoughts
                    : RowNotes.None;
        }
        return notes;
    }

    private static bool IsSame(
        ModelText model,
        PreferenceGroup group,
        IReadOnlyList<ChatMessage> messages,
        PreferenceGroup other,
        IReadOnlyList<ChatMessage>? others = null
    )
    {
        try
        {
            return model.Render(Values(messages), generation: false, group)
                == model.Render(Values(others ?? messages), generation: false, other);
        }
        catch (SimperException)
        {
            return false; // a template that refuses this has written the other
        }
    }

    private static List<object?> Values(IEnumerable<ChatMessage> messages) => [.. messages.Select(m => m.ToValue())];
}
