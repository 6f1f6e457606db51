using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Benchmarks.InstructionFollowing;

/// <summary>
/// The arguments of one instruction, by name. Those that are null, zero or empty count as not given, as in the data sets that
/// list every name for every instruction.
/// </summary>
/// <param name="kind">The kind of instruction, for messages.</param>
/// <param name="values">As in the row.</param>
internal sealed class InstructionArguments(string kind, JsonObject? values)
{
    public string Text(string name) =>
        Given(name) is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0
            ? text
            : throw Missing(name, "a text");

    public int Count(string name) =>
        Given(name) is JsonValue value && value.GetValueKind() == JsonValueKind.Number && (double)value is var number and > 0
            ? (int)number
            : throw Missing(name, "a number above 0");

    public IReadOnlyList<string> Texts(string name) =>
        Given(name) is JsonArray { Count: > 0 } list && list.All(t => t?.GetValueKind() == JsonValueKind.String)
            ? [.. list.Select(t => (string)t!)]
            : throw Missing(name, "a list of texts");

    /// <summary>Whether a number stands to a limit as the argument says: "less than" or "at least".</summary>
    public bool Holds(string relation, int found, int limit) =>
        Text(relation) switch
        {
            "less than" => found < limit,
            "at least" => found >= limit,
            _ => throw Missing(relation, "\"less than\" or \"at least\""),
        };

    private JsonNode? Given(string name) => values?[name];

    private SimperException Missing(string name, string wanted) =>
        new(
            $"The instruction {kind} needs {wanted} as {name} in \"kwargs\"; the row has {Given(name)?.ToJsonString() ?? "none"}."
        );
}
