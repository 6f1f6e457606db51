namespace Simper.Text.Tables.Csv;

/// <summary>
/// What the cells of a column in a table of texts may be besides texts. What the file says cannot tell (True may be a label or a
/// word), so it follows from what the column is read as.
/// </summary>
internal enum CellKind
{
    /// <summary>Texts, whatever they look like.</summary>
    Text,

    /// <summary>Lists and objects of JSON.</summary>
    List,

    /// <summary>Truth values, numbers, and lists of them.</summary>
    Value,
}
