using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>Conversations in one text: "\n\nHuman: ...\n\nAssistant: ...".</summary>
internal static class Transcripts
{
    private static readonly (string Marker, string Role)[] Markers = [("\n\nHuman:", "user"), ("\n\nAssistant:", "assistant")];

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
