using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Judging.MtBench;

/// <summary>A model's answers to the turns of a question, as in FastChat's files of answers.</summary>
/// <param name="QuestionId">Of the question.</param>
/// <param name="Model"><c>model_id</c>.</param>
/// <param name="Turns">The answers.</param>
public sealed record MtBenchAnswer(int QuestionId, string Model, IReadOnlyList<string> Turns)
{
    /// <summary>Reads a file of answers or of reference answers, of one model or several.</summary>
    /// <exception cref="SimperException">A line is no answer.</exception>
    public static IReadOnlyList<MtBenchAnswer> Read(string path) => [.. JudgeFiles.Rows(path).Select(r => Of(r.Row, r.Place))];

    internal static MtBenchAnswer Of(JsonObject row, string place) =>
        new(
            IdOf(row, place),
            JudgeFiles.Text(row, "model_id", place),
            Texts((row["choices"] as JsonArray)?.FirstOrDefault()?["turns"], $"{place}: \"turns\" of the first choice")
        );

    /// <summary>The line of FastChat's file.</summary>
    public JsonObject ToJson(DateTimeOffset time) =>
        new()
        {
            ["question_id"] = QuestionId,
            ["answer_id"] = Guid.NewGuid().ToString("N")[..22],
            ["model_id"] = Model,
            ["choices"] = new JsonArray(
                new JsonObject { ["index"] = 0, ["turns"] = new JsonArray([.. Turns.Select(t => JsonValue.Create(t))]) }
            ),
            ["tstamp"] = time.ToUnixTimeMilliseconds() / 1000.0,
        };

    internal static int IdOf(JsonObject row, string place) =>
        row["question_id"] is JsonValue value && value.TryGetValue(out int id)
            ? id
            : throw new SimperException($"{place}: \"question_id\" has to be a whole number.");

    internal static IReadOnlyList<string> Texts(JsonNode? node, string what) =>
        node is JsonArray { Count: > 0 } list && list.All(t => t?.GetValueKind() == JsonValueKind.String)
            ? [.. list.Select(t => (string)t!)]
            : throw new SimperException($"{what} has to be a list of texts.");
}
