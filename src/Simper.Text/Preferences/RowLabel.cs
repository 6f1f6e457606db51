using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>Whether a single answer is a good or a bad one: the column label of TRL's KTO, or LLaMA-Factory's kto_tag.</summary>
internal static class RowLabel
{
    /// <summary>The columns that may be the label.</summary>
    public static string[] Columns { get; } = ["label", "kto_tag"];

    /// <summary>Whether a row has a label.</summary>
    public static bool Is(JsonObject row) => Array.Exists(Columns, c => row[c] is not null);

    /// <summary>+1 for a good answer, -1 for a bad one.</summary>
    /// <exception cref="SimperException">The label does not clearly mean one of them.</exception>
    public static double Of(Row row)
    {
        string column = row.Named(Columns);
        JsonNode label = row.Column(column)!;
        return label.GetValueKind() switch
        {
            JsonValueKind.True => 1,
            JsonValueKind.False => -1,
            JsonValueKind.Number when label.AsValue().TryGetValue(out double number) && number is 0 or 1 => 2 * number - 1,
            _ => throw row.Wrong(column, $"be true or false, or 1 or 0, not {label.ToJsonString()}"),
        };
    }
}
