using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Judging.MtBench;

/// <summary>A rated answer, as in FastChat's <c>JUDGE_single.jsonl</c>.</summary>
/// <param name="QuestionId">Of the question.</param>
/// <param name="Model">Whose answer.</param>
/// <param name="Judge">Who judged.</param>
/// <param name="Turn">1 or 2.</param>
/// <param name="Score">The rating; −1 for none.</param>
public sealed record MtBenchJudgment(int QuestionId, string Model, string Judge, int Turn, double Score)
{
    /// <summary>The judge whose figures are comparable with published ones.</summary>
    public const string UsualJudge = "gpt-4";

    /// <summary>Reads a file of judgments.</summary>
    /// <exception cref="SimperException">A line is no judgment.</exception>
    public static IReadOnlyList<MtBenchJudgment> Read(string path) => [.. JudgeFiles.Rows(path).Select(r => Of(r.Row, r.Place))];

    internal static MtBenchJudgment Of(JsonObject row, string place) =>
        new(
            MtBenchAnswer.IdOf(row, place),
            JudgeFiles.Text(row, "model", place),
            JudgeOf(row),
            (int)Number(row, "turn", place),
            Number(row, "score", place)
        );

    internal static string JudgeOf(JsonObject row) =>
        row["judge"] switch
        {
            JsonArray { Count: > 0 } judge => judge[0]?.ToString() ?? "unknown judge",
            JsonValue judge => judge.ToString(),
            _ => "unknown judge",
        };

    private static double Number(JsonObject row, string key, string place) =>
        row[key]?.GetValueKind() == JsonValueKind.Number
            ? (double)row[key]!
            : throw new SimperException($"{place}: \"{key}\" has to be a number.");
}
