using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// Conversations whose turns stand in lists: all questions in one column, all replies in another, each a list as JSON in a text
/// (LMSYS's arena on Kaggle) or a list of texts.
/// </summary>
internal static class TurnLists
{
    /// <summary>Two conversations with the same questions; null if the columns are plain texts or messages.</summary>
    public static (List<ChatMessage> Better, List<ChatMessage> Worse)? Of(Row row, string prompt, string better, string worse) =>
        Turns(row.Json[prompt]) is { } asked && Turns(row.Json[better]) is { } first && Turns(row.Json[worse]) is { } second
            ? (Conversation(row, asked, first, prompt, better), Conversation(row, asked, second, prompt, worse))
            : null;

    private static List<ChatMessage> Conversation(Row row, JsonArray asked, JsonArray replies, string prompt, string column)
    {
        row.Column(prompt);
        row.Column(column);
        if (replies.Count != asked.Count)
            throw row.Wrong(column, $"have a reply for each of the {asked.Count} turns of {prompt}, and has {replies.Count}");
        return
        [
            .. asked
                .Zip(replies)
                .SelectMany(turn =>
                    (ChatMessage[])
                        [
                            new ChatMessage("user", (string?)turn.First ?? ""),
                            new ChatMessage("assistant", (string?)turn.Second ?? ""),
                        ]
                ),
        ];
    }

    private static JsonArray? Turns(JsonNode? node)
    {
        JsonNode? list = node?.GetValueKind() == JsonValueKind.String ? RowJson.ParseList(((string)node!).Trim()) : node;
        return list is JsonArray { Count: > 0 } turns && turns.All(t => t is null || t.GetValueKind() == JsonValueKind.String)
            ? turns
            : null;
    }
}
