using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>Messages about rows that have no layout.</summary>
internal static class LayoutRefusal
{
    /// <summary>The refusal of a row: which of its cells is empty, or which columns it has.</summary>
    public static SimperException Of(JsonObject row, string place)
    {
        string[] empty = [.. row.Where(c => c.Value is null).Select(c => c.Key)];
        string[] needed =
        [
            .. empty.Where(e =>
                RowLayouts.IsKnown(Filled(row, empty)) && !RowLayouts.IsKnown(Filled(row, empty.Where(o => o != e)))
            ),
        ];
        return new SimperException(
            needed.Length > 0
                ? $"{place}: \"{string.Join("\" and \"", needed)}\" {(needed.Length > 1 ? "are" : "is")} null or NaN; fill "
                    + "the row, or take it out."
                : $"{place}: {Columns(row)} that Simper knows; give prompt, chosen and rejected "
                    + "(texts or lists of messages), chosen and rejected as whole conversations, prompt, completion and "
                    + "label, or prompt and a list of responses."
        );
    }

    private static string Columns(JsonObject row) =>
        row.Count switch
        {
            0 => "the row is empty, which is no layout",
            1 => $"the column {row.First().Key} alone is no layout",
            _ => $"the columns {string.Join(", ", row.Select(c => c.Key).Take(12))} are no layout",
        };

    // The row as it would be if some columns were not empty.
    private static JsonObject Filled(JsonObject row, IEnumerable<string> columns)
    {
        JsonObject filled = row.DeepClone().AsObject();
        foreach (string column in columns)
            filled[column] = column is "messages" or "responses" or "answers" or "completions" ? new JsonArray() : "";
        return filled;
    }
}
