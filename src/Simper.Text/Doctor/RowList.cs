namespace Simper.Text.Doctor;

/// <summary>Rows that become a finding only when the whole file was seen.</summary>
internal sealed class RowList
{
    private readonly List<FoundRow> _first = [];

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a row.</summary>
    public void Add(ExaminedRow row, string detail = "")
    {
        if (_first.Count < FoundRows.Most)
            _first.Add(new FoundRow(row.File, row.Number, detail));
        Count++;
    }

    /// <summary>Adds them to what a check found.</summary>
    public void AddTo(FoundRows found, Check check)
    {
        foreach (FoundRow row in _first)
            found.Add(check, row);
        found.AddMore(check, Count - _first.Count);
    }
}
