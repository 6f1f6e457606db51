namespace Simper.Text.Doctor.Checks;

/// <summary>Columns that are not read.</summary>
internal sealed class ColumnChecks : IFileCheck
{
    public static readonly Check Unused = new(
        "unused-column",
        Grade.Note,
        "a column with text is not read",
        "If it holds what belongs to the prompt (a context, an input, a system message), answers are learnt without it.",
        "Rename it to a column that is read, or ignore this."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Unused];

    private readonly OrderedDictionary<string, long> _columns = [];

    public void Add(ExaminedRow row, int index)
    {
        foreach (string column in row.Unused)
            _columns[column] = _columns.TryGetValue(column, out long count) ? count + 1 : 1;
    }

    public void End(FoundRows found)
    {
        if (_columns.Count > 0)
            found.Say(
                Unused,
                "columns with text that are not read: "
                    + string.Join(", ", _columns.Take(20).Select(c => $"{c.Key} ({c.Value} rows)"))
                    + (_columns.Count > 20 ? $" and {_columns.Count - 20} more" : "")
            );
    }
}
