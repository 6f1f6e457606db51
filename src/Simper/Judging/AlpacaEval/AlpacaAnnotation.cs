using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Judging.AlpacaEval;

/// <summary>A judged pair of answers, as in the package's <c>annotations.json</c>.</summary>
/// <param name="Instruction">The instruction.</param>
/// <param name="Baseline">The baseline's answer (<c>output_1</c>).</param>
/// <param name="Model">The model's (<c>output_2</c>).</param>
/// <param name="BaselineName"><c>generator_1</c>.</param>
/// <param name="ModelName"><c>generator_2</c>.</param>
/// <param name="Dataset">Which part of the set; null if that is not said.</param>
/// <param name="Annotator">Who judged.</param>
/// <param name="Preference">From 1 (the baseline's answer) to 2; null if the judge gave none.</param>
/// <param name="Completion">What the judge said, with log-probs; null if that is not recorded.</param>
public sealed record AlpacaAnnotation(
    string Instruction,
    string Baseline,
    string Model,
    string BaselineName,
    string ModelName,
    string? Dataset,
    string Annotator,
    double? Preference,
    JsonNode? Completion
)
{
    /// <summary>The annotator of AlpacaEval 2; a figure by any other is not comparable with the leaderboard's.</summary>
    public const string OfficialAnnotator = "weighted_alpaca_eval_gpt4_turbo";

    /// <summary>Reads a file of annotations, JSON list or lines, also compressed.</summary>
    /// <exception cref="SimperException">It is none.</exception>
    public static IReadOnlyList<AlpacaAnnotation> Read(string path)
    {
        AlpacaAnnotation[] found = [.. JudgeFiles.Rows(path).Select(r => Of(r.Row, r.Place))];
        return found.Length > 0 ? found : throw new SimperException($"{path} has no annotations.");
    }

    /// <summary>Reads one row.</summary>
    internal static AlpacaAnnotation Of(JsonObject row, string place) =>
        new(
            JudgeFiles.Text(row, "instruction", place),
            JudgeFiles.Text(row, "output_1", place),
            JudgeFiles.Text(row, "output_2", place),
            row["generator_1"]?.ToString() ?? "baseline",
            row["generator_2"]?.ToString() ?? "model",
            (string?)row["dataset"],
            row["annotator"]?.ToString() ?? "unknown judge",
            row["preference"] switch
            {
                null => null,
                JsonValue value when value.GetValueKind() == JsonValueKind.Number => (double)value,
                _ => throw new SimperException($"{place}: \"preference\" has to be a number or null."),
            },
            row["raw_completion"]?.DeepClone()
        );

    /// <summary>The row in the package's order of columns.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["instruction"] = Instruction,
            ["output_1"] = Baseline,
            ["generator_1"] = BaselineName,
            ["dataset"] = Dataset,
            ["output_2"] = Model,
            ["generator_2"] = ModelName,
            ["annotator"] = Annotator,
            ["preference"] = Preference,
            ["raw_completion"] = Completion?.DeepClone(),
        };
}
