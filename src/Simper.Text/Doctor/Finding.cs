namespace Simper.Text.Doctor;

/// <summary>What a check found in a file.</summary>
public sealed record Finding
{
    /// <summary>The kind of fault.</summary>
    public required Check Check { get; init; }

    /// <summary>How much it matters here.</summary>
    public required Grade Grade { get; init; }

    /// <summary>What is the case: the check's own sentence, or one with the figures of this file.</summary>
    public required string What { get; init; }

    /// <summary>How many rows have it; 0 if it is one of the file as a whole.</summary>
    public required long Count { get; init; }

    /// <summary>The first rows that have it, in file order, at most <see cref="FoundRows.Most"/>.</summary>
    public required IReadOnlyList<FoundRow> Rows { get; init; }
}

/// <summary>A row with a fault.</summary>
/// <param name="File">Which file, by its place among those read, from 0.</param>
/// <param name="Row">Its number in that file, from 1.</param>
/// <param name="Detail">Where in the row, and what exactly.</param>
public readonly record struct FoundRow(int File, int Row, string Detail);
