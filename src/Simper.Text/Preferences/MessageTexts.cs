using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// Columns of messages that were stored as JSON in a text. Whether a column is one is told by most of its cells, so that an
/// answer that happens to be JSON stays a text.
/// </summary>
internal static class MessageTexts
{
    private static readonly string[] Printed = ["[{'role': ", "[{'content': ", "[{'from': ", "[{'value': "];

    /// <summary>Such columns of some rows.</summary>
    /// <exception cref="SimperException">A column has lists as Python prints them.</exception>
    public static IReadOnlyList<string> In(IReadOnlyList<(JsonObject Row, string Place)> rows)
    {
        var counts = new OrderedDictionary<string, (int Texts, int Lists)>();
        foreach ((JsonObject row, string place) in rows)
        {
            foreach ((string column, JsonNode? value) in row)
            {
                if (Text(value) is not { } text)
                    continue;
                if (
                    Array.Exists(Printed, p => text.StartsWith(p, StringComparison.Ordinal))
                    && text.EndsWith("}]", StringComparison.Ordinal)
                )
                    throw new SimperException(
                        $"{place}: \"{column}\" is a list as Python prints it; write it with json.dumps, or the data as Parquet."
                    );
                (int texts, int lists) = counts.GetValueOrDefault(column);
                counts[column] = (texts + 1, lists + (Turns(text) is null ? 0 : 1));
            }
        }
        return [.. counts.Where(c => 2 * c.Value.Lists > c.Value.Texts).Select(c => c.Key)];
    }

    /// <summary>The row with the lists that are in these columns.</summary>
    public static void Read(JsonObject row, IReadOnlyList<string> columns)
    {
        foreach (string column in columns)
        {
            if (Text(row[column]) is { } text && Turns(text) is { } turns)
                row[column] = turns;
        }
    }

    private static string? Text(JsonNode? value) =>
        value?.GetValueKind() == JsonValueKind.String && RowFaults.IsReadable(value) ? (string)value! : null;

    private static JsonArray? Turns(string text) =>
        RowJson.ParseList(text) is { Count: > 0 } list && list.All(IsTurn) ? list : null;

    private static bool IsTurn(JsonNode? item) =>
        item is JsonObject turn && (turn.ContainsKey("role") || (turn.ContainsKey("from") && turn.ContainsKey("value")));
}
