using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// Rows of several answers to a prompt: as a list, best first, or with ranks or grades in another column or inside each answer.
/// </summary>
internal static class RankedRow
{
    private static readonly string[] Texts = ["response", "content", "answer", "text"];
    private static readonly string[] Ranks = ["ranks", "rank"];
    private static readonly string[] Grades =
    [
        "scores",
        "rewards",
        "ratings",
        "overall_score",
        "score",
        "reward",
        "rating",
        "pm_score",
    ];

    /// <summary>The columns that may be the prompt.</summary>
    public static string[] Prompts { get; } = ["prompt", "instruction", "question", "query", "input"];

    /// <summary>The columns that may be the list of answers.</summary>
    public static string[] Lists { get; } = ["responses", "answers", "completions", "generations", "outputs", "output"];

    /// <summary>The columns, beside the list or in its items, that may rank or grade the answers.</summary>
    public static IReadOnlyList<string> Numbers { get; } = [.. Ranks, .. Grades];

    /// <summary>Whether one of the columns is a list of answers; an output may also be one answer of several messages.</summary>
    public static bool HasList(JsonObject row) => Lists.Any(l => IsList(row, l));

    public static PreferenceGroup Read(Row row)
    {
        string column = row.Named(Lists, l => IsList(row.Json, l))!;
        string promptColumn = row.Named(Prompts);
        JsonArray list = row.Column(column)!.AsArray();
        List<ChatMessage>[] answers = [.. list.Select((_, i) => Answer(row, list, i, column))];
        double[]? grades = NumbersOf(row, list, column, Grades);
        double[]? ranks = grades is null ? NumbersOf(row, list, column, Ranks) : null;
        if (grades is null && ranks is null)
            ExpectOrdered(row, list, column);
        double[] weights = grades is not null
            ? AnswerWeights.OfGrades(grades)
            : AnswerWeights.OfRanks(ranks ?? [.. Enumerable.Range(0, list.Count)]);
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
        ) with
        {
            Scores = grades is null ? null : [.. order.Select(i => grades[i])],
            Ranks = ranks is null ? null : [.. order.Select(i => ranks[i])],
        };
    }

    // Texts in a list are ranked by their places. Objects have attributes, and would have a rank if they had an order.
    private static void ExpectOrdered(Row row, JsonArray list, string column)
    {
        string? numbers = row
            .Json.Where(c => c.Key != column && c.Value is JsonArray beside && beside.Count == list.Count && beside.Count > 1)
            .Where(c => c.Value!.AsArray().All(n => PairScores.Number(n) is not null))
            .Select(c => c.Key)
            .FirstOrDefault();
        if (numbers is not null)
            throw row.Wrong(
                column,
                $"be ranked, and {numbers} has a number for each of its answers: if higher is better, write {ColumnMap.Key}: "
                    + $"scores={numbers}, if lower, ranks={numbers}"
            );
        if (list.Count > 1 && list.Any(item => TextColumn(item) is not null))
            throw row.Wrong(
                column,
                "be ranked: give each answer a rank or a score, a list of ranks or scores beside them, or texts, the best first"
            );
    }

    private static bool IsList(JsonObject row, string column) =>
        row[column] is JsonArray list && (column != "output" || list.All(item => item?.GetValueKind() == JsonValueKind.String));

    // The numbers of a column parallel to the answers, or of a key inside each; null if none of these names is there.
    private static double[]? NumbersOf(Row row, JsonArray list, string column, string[] names)
    {
        if (row.Named(names, n => row.Json[n] is JsonArray) is { } beside)
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
        PairScores.Number(node) ?? throw row.Wrong(where, $"be a number, not {Found(node)}");

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

    private static bool IsTranscript(Row row, string column) => row.IsText(column) && Transcripts.IsPrompt(row.Text(column));
}
