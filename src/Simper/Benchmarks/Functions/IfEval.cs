using System.Text.Json.Nodes;
using Simper.Benchmarks.InstructionFollowing;

namespace Simper.Benchmarks.Functions;

/// <summary>
/// IFEval: whether the instructions of a prompt are followed, by prompt and by instruction, strictly and loosely.
/// </summary>
internal static class IfEval
{
    /// <summary>The four figures of an answer.</summary>
    public static RowFigures Figures(JsonObject row, TaskAnswers answers)
    {
        string[] kinds = [.. row["instruction_id_list"]!.AsArray().Select(k => k!.ToString())];
        JsonObject?[] arguments = [.. row["kwargs"]!.AsArray().Select(a => a as JsonObject)];
        InstructionVerdicts verdicts = InstructionChecker.Judge(kinds, arguments, answers.Text);
        return new RowFigures
        {
            { "prompt_level_strict_acc", verdicts.AllStrict },
            { "inst_level_strict_acc", List(verdicts.Strict) },
            { "prompt_level_loose_acc", verdicts.AllLoose },
            { "inst_level_loose_acc", List(verdicts.Loose) },
        };
    }

    /// <summary>The share of instructions that are followed, of all prompts together.</summary>
    public static double ByInstruction(IReadOnlyList<JsonNode> rows) =>
        HarnessStatistics.Mean([.. rows.SelectMany(r => r.AsArray()).Select(v => Aggregation.Number(v!))]);

    private static JsonArray List(IReadOnlyList<bool> verdicts) => new([.. verdicts.Select(v => JsonValue.Create(v))]);
}
