using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>The meaning of a row, by its columns.</summary>
/// <param name="Kind">What its rows are, in a few words.</param>
/// <param name="Needs">The columns that a row has to have, each with the other names it may have.</param>
/// <param name="Read">The group of a row that fits.</param>
internal sealed record RowLayout(string Kind, IReadOnlyList<string[]> Needs, Func<Row, PreferenceGroup> Read)
{
    /// <summary>What the columns have to be like, beyond being there.</summary>
    public Func<JsonObject, bool> If { get; init; } = _ => true;

    /// <summary>Whether rows of it are single answers with a label.</summary>
    public bool IsUnpaired { get; init; }

    /// <summary>Whether a row has its columns; an empty cell counts as missing.</summary>
    public bool Fits(JsonObject row)
    {
        foreach (string[] need in Needs)
        {
            if (!Array.Exists(need, c => row[c] is not null))
                return false;
        }
        return If(row);
    }

    /// <summary>Whether it needs a column, or may have it under this name.</summary>
    public bool Has(string column) => Needs.Any(n => n.Contains(column));

    /// <summary>The group of a row, with the scores of its two answers where columns beside them have some.</summary>
    public PreferenceGroup Group(Row row)
    {
        PreferenceGroup group = Read(row);
        return group.Answers.Count != 2 || group.Ranks is not null
            ? group
            : group with
            {
                Scores = group.Scores ?? PairScores.Beside(row),
                Margin = group.Margin ?? PairScores.Number(row.Json[PairScores.Margin]),
            };
    }

    /// <summary>Its kind, and the columns that a row of it has.</summary>
    public string NameIn(JsonObject row) => Named(Needs.Select(n => Array.Find(n, c => row[c] is not null) ?? n[0]));

    /// <summary>Its kind and its columns, by their first names.</summary>
    public override string ToString() => Named(Needs.Select(n => n[0]));

    private string Named(IEnumerable<string> columns) =>
        $"{(IsUnpaired ? "unpaired " : "")}{Kind} ({string.Join(", ", columns)})";
}
