namespace Simper.Text.Preferences;

/// <summary>What the rows of a file are counted in.</summary>
internal enum RowUnit
{
    /// <summary>Lines of JSON lines, or the line at which a record of CSV begins.</summary>
    Line,

    /// <summary>Items of a JSON array.</summary>
    Item,

    /// <summary>Rows of a binary table.</summary>
    Row,
}
