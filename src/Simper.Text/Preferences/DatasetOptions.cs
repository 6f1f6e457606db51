namespace Simper.Text.Preferences;

/// <summary>How the rows of a data set are read.</summary>
public sealed record DatasetOptions
{
    /// <summary>
    /// Which program is followed for rows without a prompt, and in dropping rows: other programs keep empty and equal answers
    /// (<c>compatibility</c>).
    /// </summary>
    public Compatibility Compatibility { get; init; } = Compatibility.Strict;

    /// <summary>
    /// The splits of a data set of the hub to take where its name says none, the first that is there; train when empty.
    /// </summary>
    public IReadOnlyList<string> Splits { get; init; } = [];

    /// <summary>The data's columns by the names of Simper's layouts (<c>dataset_columns</c>).</summary>
    public ColumnMap Columns { get; init; } = ColumnMap.None;

    /// <summary>
    /// A folder in which is kept what reading the data has shown, so that the same files are not read again (<c>cache_dir</c>);
    /// null for none.
    /// </summary>
    public string? CacheFolder { get; init; }
}
