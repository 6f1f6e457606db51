using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Doctor.Checks;

/// <summary>Calls of tools.</summary>
internal sealed class ToolChecks : IRowCheck
{
    public static readonly Check Unknown = new(
        "unknown-tool",
        Grade.Warning,
        "a tool is called that is not among the row's tools",
        "The model learns to call what it was not given.",
        "Complete the tools, or correct the call; an invented call belongs into the rejected answer."
    );

    public static readonly Check Untold = new(
        "calls-without-tools",
        Grade.Note,
        "an answer calls a tool, and the row has no tools",
        "The model learns calls without having read what can be called; at inference the tools will be there.",
        "Give the row a column tools."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Unknown, Untold];

    public void Look(ExaminedRow row)
    {
        PreferenceGroup group = row.Group!;
        HashSet<string>? known = group.Tools is { Count: > 0 } tools
            ? [.. tools.Select(WrittenParts.Name).OfType<string>()]
            : null;
        if (known?.Count == 0)
            return; // tools of a form without names
        foreach ((ChatMessage message, int answer) in Messages(group))
        {
            foreach (JsonNode? call in message.Extra?["tool_calls"] as JsonArray ?? [])
            {
                if (known is null && answer >= 0)
                    row.Add(Untold, row.NameOf(answer));
                // A rejected answer may well be one for its wrong call.
                else if (
                    known is not null
                    && !IsRejected(group, answer)
                    && WrittenParts.Name(call) is { } name
                    && !known.Contains(name)
                )
                    row.Add(Unknown, $"{(answer < 0 ? "prompt" : row.NameOf(answer))}: {name}");
            }
        }
    }

    private static IEnumerable<(ChatMessage Message, int Answer)> Messages(PreferenceGroup group) =>
        group.Prompt.Select(m => (m, -1)).Concat(group.Answers.SelectMany((a, i) => a.Select(m => (m, i))));

    private static bool IsRejected(PreferenceGroup group, int answer) => answer > 0 || (answer == 0 && group.Weights?[0] < 0);
}
