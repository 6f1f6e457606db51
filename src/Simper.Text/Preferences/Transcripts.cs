using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>Conversations in one text: "\n\nHuman: ...\n\nAssistant: ...".</summary>
internal static class Transcripts
{
    private static readonly (string Marker, string Role)[] Markers = [("\n\nHuman:", "user"), ("\n\nAssistant:", "assistant")];

    /// <summary>Whether a text begins with a turn.</summary>
    public static bool Begins(string text) => Array.Exists(Markers, m => text.StartsWith(m.Marker, StringComparison.Ordinal));

    /// <summary>Whether a text is a conversation that ends where the assistant begins to speak.</summary>
    public static bool IsPrompt(string text) =>
        text.StartsWith(Markers[0].Marker, StringComparison.Ordinal)
        && text.AsSpan().TrimEnd().EndsWith(Markers[1].Marker, StringComparison.Ordinal);

    /// <summary>
    /// A group whose prompt is such a text as the conversation that it means, for a chat template; any other group as it is.
    /// </summary>
    public static PreferenceGroup Unfolded(PreferenceGroup group)
    {
        if (group.Prompt.Count == 0 || group.Prompt[^1] is not { Role: "user", Extra: null } last || !IsPrompt(last.Content))
            return group;
        List<ChatMessage> turns = Read(last.Content)!;
        return group with
        {
            Prompt = [.. group.Prompt.Take(group.Prompt.Count - 1), .. turns[..^1]],
            // the space behind the colon
            Answers =
            [
                .. group.Answers.Select(a =>
                    a is [{ Role: "assistant" } only] && only.Content.StartsWith(' ')
                        ? (IReadOnlyList<ChatMessage>)[only with { Content = only.Content[1..] }]
                        : a
                ),
            ],
            IsText = false,
        };
    }

    /// <summary>
    /// A question with its earlier turns as in HelpSteer2 ("... &lt;extra_id_1&gt;Assistant ... &lt;extra_id_1&gt;User ..."), as
    /// messages; null if the text has none.
    /// </summary>
    public static List<ChatMessage>? OfSteerLm(string text)
    {
        string[] turns = text.Split("<extra_id_1>");
        if (turns.Length < 2)
            return null;
        var messages = new List<ChatMessage> { new("user", turns[0].TrimEnd('\n')) };
        foreach (string turn in turns[1..])
        {
            int end = turn.IndexOf('\n', StringComparison.Ordinal);
            string? role = end < 0 ? null : MessageRoles.Known(turn[..end]);
            if (role is not ("user" or "assistant"))
                return null;
            messages.Add(new ChatMessage(role, turn[(end + 1)..].TrimEnd('\n')));
        }
        return messages;
    }

    /// <summary>The messages, with one space after each colon removed; null if the text does not begin with a turn.</summary>
    public static List<ChatMessage>? Read(string text)
    {
        var messages = new List<ChatMessage>();
        int at = 0;
        while (at < text.Length)
        {
            (string marker, string role) = Markers.FirstOrDefault(m =>
                string.CompareOrdinal(text, at, m.Marker, 0, m.Marker.Length) == 0
            );
            if (marker is null)
                return null;
            int start = at + marker.Length;
            int end = Markers
                .Select(m => text.IndexOf(m.Marker, start, StringComparison.Ordinal))
                .Where(i => i >= 0)
                .DefaultIfEmpty(text.Length)
                .Min();
            messages.Add(new ChatMessage(role, text[(start < end && text[start] == ' ' ? start + 1 : start)..end]));
            at = end;
        }
        return messages;
    }
}
