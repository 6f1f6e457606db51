using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// Rows of several answers to a prompt: as a list, best first, or with ranks or grades in another column or inside each answer.
/// </summary>
internal static class RankedRow
{
    private static readonly string[] Prompts = ["prompt", "instruction", "question"];
    private static readonly string[] Lists = ["responses", "answers", "completions"];
    private static readonly string[] Texts = ["response", "content", "answer", "text"];
    private static readonly string[] Grades = ["scores", "rewards", "ratings", "overall_score", "score", "reward", "rating"];
    private static readonly string[] Ranks = ["ranks", "rank"];

    /// <summary>Whether a row has such columns.</summary>
    public static bool Fits(JsonObject row) => Prompts.Any(p => row[p] is not null) && Lists.Any(l => row[l] is JsonArray);

    public static PreferenceGroup Read(Row row)
    {
        string column = Lists.First(l => row.Json[l] is JsonArray);
        string promptColumn = Prompts.First(row.Has);
        JsonArray list = row.Column(column)!.AsArray();
        List<ChatMessage>[] answers = [.. list.Select((_, i) => Answer(row, list, i, column))];
        double[] weights = Weights(row, list, column);
        // stable: ties stay in file order
        int[] order = [.. Enumerable.Range(0, answers.Length).OrderByDescending(i => weights[i])];
        bool isText =
            !IsTranscript(row, promptColumn)
            && list.All(item => item?.GetValueKind() == JsonValueKind.String || TextColumn(item) is not null);
        return row.Ranked(
            Prompt(row, promptColumn),
            [.. order.Select(i => answers[i])],
            [.. order.Select(i => weights[i])],
            isText
        );
    }

    private static double[] Weights(Row row, JsonArray list, string column)
    {
        if (Numbers(row, list, column, Grades) is { } grades)
            return AnswerWeights.OfGrades(grades);
        return AnswerWeights.OfRanks(Numbers(row, list, column, Ranks) ?? [.. Enumerable.Range(0, list.Count)]);
    }

    // The numbers of a column parallel to the answers, or of a key inside each; null if none of these names is there.
    private static double[]? Numbers(Row row, JsonArray list, string column, string[] names)
    {
        if (names.FirstOrDefault(n => row.Json[n] is JsonArray) is { } beside)
        {
            JsonArray numbers = row.Column(beside)!.AsArray();
            if (numbers.Count != list.Count)
                throw row.Wrong(beside, $"have a number for each of the {list.Count} {column}, and has {numbers.Count}");
            return [.. numbers.Select((n, i) => Number(row, n, $"{beside}[{i}]"))];
        }
        return names.FirstOrDefault(n => list.Any(item => item is JsonObject inner && inner[n] is not null)) is { } inside
            ? [.. list.Select((item, i) => Number(row, (item as JsonObject)?[inside], $"{column}[{i}].{inside}"))]
            : null;
    }

    private static double Number(Row row, JsonNode? node, string where) =>
        node is JsonValue value
        && value.GetValueKind() == JsonValueKind.Number
        && value.TryGetValue(out double number)
        && double.IsFinite(number)
            ? number
            : throw row.Wrong(where, $"be a number, not {Found(node)}");

    private static string Found(JsonNode? node) =>
        node switch
        {
            null => "null or NaN",
            JsonValue value when value.GetValueKind() == JsonValueKind.Number => "infinite",
            JsonValue value => value.ToJsonString(),
            _ => "a list or an object",
        };

    private static List<ChatMessage> Answer(Row row, JsonArray list, int i, string column) =>
        TextColumn(list[i]) is { } text
            ? row.Answer(list[i]![text], $"{column}[{i}].{text}")
            : row.Answer(list[i], $"{column}[{i}]");

    // An object without a role is not a message but an answer with its attributes.
    private static string? TextColumn(JsonNode? item) =>
        item is JsonObject inner && inner["role"] is null && inner["from"] is null
            ? Array.Find(Texts, t => inner[t]?.GetValueKind() == JsonValueKind.String)
            : null;

    // A transcript that ends where the assistant begins to speak is a conversation.
    private static List<ChatMessage> Prompt(Row row, string column) =>
        IsTranscript(row, column) ? row.Transcript(column)[..^1] : row.Prompt(column);

    private static bool IsTranscript(Row row, string column) =>
        row.Json[column]?.GetValueKind() == JsonValueKind.String
        && (string)row.Json[column]! is var text
        && text.StartsWith("\n\nHuman:", StringComparison.Ordinal)
        && text.TrimEnd().EndsWith("\n\nAssistant:", StringComparison.Ordinal);
}
