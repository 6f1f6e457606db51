using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Preferences;

/// <summary>What reading the files of a data set once has shown: where its rows lie, and what became of the others.</summary>
internal sealed record DatasetIndex
{
    /// <summary>The rows that teach something, in order.</summary>
    public required RowRef[] Rows { get; init; }

    /// <summary>The files that have rows.</summary>
    public required IReadOnlyList<RowSource> Sources { get; init; }

    /// <summary>Their layout.</summary>
    public required FileLayout Layout { get; init; }

    /// <summary>Rows of the files.</summary>
    public required int Count { get; init; }

    /// <summary>Rows that teach nothing.</summary>
    public required IReadOnlyList<DroppedRow> Dropped { get; init; }

    /// <summary>Columns that contain text and are not read.</summary>
    public required IReadOnlyList<string> UnusedColumns { get; init; }

    /// <summary>SHA-256 over all rows, and how they are read.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Of the rows that teach something.</summary>
    public required GroupHashes Hashes { get; init; }
}
