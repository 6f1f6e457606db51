using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Benchmarks.InstructionFollowing;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>The instructions of a row that a program can check, in IFEval's columns.</summary>
internal static class RowInstructions
{
    private const string Names = "instruction_id_list";
    private const string Arguments = "kwargs";

    /// <summary>The share of a row's instructions that an answer follows, strictly.</summary>
    public static double Score(DataPrompt prompt, string answer)
    {
        (string[] kinds, JsonObject?[] arguments) = Of(prompt);
        try
        {
            return InstructionChecker.Judge(kinds, arguments, answer).Strict.Average(f => f ? 1.0 : 0.0);
        }
        catch (SimperException e)
        {
            throw new SimperException($"{prompt.Place}: {e.Message}", e);
        }
    }

    /// <exception cref="SimperException">The row has no instructions, or one that cannot be checked.</exception>
    public static void Expect(DataPrompt prompt) => Score(prompt, "any answer");

    private static (string[] Kinds, JsonObject?[] Arguments) Of(DataPrompt prompt) =>
        prompt.Columns[Names] is JsonArray { Count: > 0 } names
        && names.All(n => n?.GetValueKind() == JsonValueKind.String)
        && prompt.Columns[Arguments] is JsonArray arguments
            ? ([.. names.Select(n => (string)n!)], [.. arguments.Select(a => a as JsonObject)])
            : throw new SimperException(
                $"{prompt.Place}: --score ifeval reads the columns {Names} and {Arguments}, lists as IFEval has them; the row "
                    + $"has {string.Join(", ", prompt.Columns.Select(c => c.Key).Take(12))}."
            );
}
