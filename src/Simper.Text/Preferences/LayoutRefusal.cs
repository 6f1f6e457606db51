using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>The message about rows that have no layout: their columns, the nearest layout, and what to write.</summary>
internal static class LayoutRefusal
{
    private const int Shown = 12;

    /// <summary>The refusal of a file.</summary>
    /// <param name="rows">Some of its rows, at least one, with their places.</param>
    /// <param name="layouts">The layouts tried.</param>
    /// <param name="columns">The columns that the user has named; the rows have these names.</param>
    public static SimperException Of(
        IReadOnlyList<(JsonObject Row, string Place)> rows,
        IReadOnlyList<RowLayout> layouts,
        ColumnMap columns
    )
    {
        string place = rows[0].Place;
        JsonObject seen = Seen(rows.Select(r => r.Row));
        if (Empty(seen, layouts) is { Length: > 0 } empty)
            return RowFaults.Empty(place, empty);
        return new SimperException($"{place}: {Columns(seen)} that Simper knows; {Advice(seen, layouts, columns)}");
    }

    // Messages of trees, a row each (OpenAssistant).
    private static bool AreNodes(JsonObject seen) => seen.ContainsKey("parent_id") && seen.ContainsKey("message_id");

    private static string Advice(JsonObject seen, IReadOnlyList<RowLayout> layouts, ColumnMap columns)
    {
        if (AreNodes(seen))
            return "each row is one message of a tree: join it with those above it, and write a prompt (messages) and its "
                + "responses, with their ranks, in a row.";
        if (NearestLayout.Of(seen, layouts, columns) is not { } near)
            return "give prompt, chosen and rejected (texts or lists of messages), chosen and rejected as whole conversations, "
                + "prompt, completion and label, or prompt and a list of responses; or say which columns they are, as "
                + $"{ColumnMap.Key}: prompt=COLUMN,chosen=COLUMN,rejected=COLUMN.";
        string map = near.Columns.ToString();
        return near.Missing.Count == 0
            ? $"the nearest is {near.Layout}: if that is what they mean, write {ColumnMap.Key}: {map} (as an option, "
                + $"--{ColumnMap.Key} {map})."
            : $"the nearest is {near.Layout}, which lacks {string.Join(" and ", near.Missing)}; name the columns that have it, "
                + $"as {ColumnMap.Key}: {map}.";
    }

    // Columns that the rows would need, and that are empty.
    private static string[] Empty(JsonObject row, IReadOnlyList<RowLayout> layouts)
    {
        bool IsKnown(JsonObject filled) => layouts.Any(l => l.Fits(filled));
        string[] empty = [.. row.Where(c => c.Value is null).Select(c => c.Key)];
        return [.. empty.Where(e => IsKnown(Filled(row, empty)) && !IsKnown(Filled(row, empty.Where(o => o != e))))];
    }

    // The columns of all rows, each with the first value that it has.
    private static JsonObject Seen(IEnumerable<JsonObject> rows)
    {
        var seen = new JsonObject();
        foreach (JsonObject row in rows)
        {
            foreach ((string column, JsonNode? value) in row)
            {
                if (value is not null && seen[column] is null)
                    seen[column] = value.DeepClone();
                else
                    seen.TryAdd(column, null);
            }
        }
        return seen;
    }

    private static string Columns(JsonObject row) =>
        row.Count switch
        {
            0 => "the row is empty, which is no layout",
            1 => $"the column {row.First().Key} alone is no layout",
            _ => $"the columns {string.Join(", ", row.Select(c => c.Key).Take(Shown))}"
                + $"{(row.Count > Shown ? $" and {row.Count - Shown} more" : "")} are no layout",
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
