using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>
/// Where each row is to be read again: 16 bytes of memory a row. Rows are added by one thread; read, once complete, by any number.
/// </summary>
internal sealed class RowIndex : IDisposable
{
    private readonly List<(long Place, int Length, int Row)> _rows = [];
    private readonly List<RowSource> _sources = [];
    private readonly List<int> _firsts = []; // of each source, its first row here
    private RowSpool? _spool;

    /// <summary>Number of rows.</summary>
    public int Count => _rows.Count;

    /// <summary>Begins a file.</summary>
    public void Begin(string file, RowReader.RawRow first)
    {
        if (first.Offset < 0)
            _spool ??= new RowSpool();
        _sources.Add(new RowSource(file, first.Unit, first.Offset < 0 ? _spool : null));
        _firsts.Add(_rows.Count);
    }

    /// <summary>Adds a row of the file begun last.</summary>
    public void Add(RowReader.RawRow row) => _rows.Add((_sources[^1].Keep(row), row.Utf8.Length, row.Row));

    /// <summary>To be called behind the last row.</summary>
    public void Finish() => _spool?.Finish();

    /// <summary>A row's file, by its place among those with rows, and the row.</summary>
    public (string File, RowReader.RawRow Row) this[int index]
    {
        get
        {
            int source = _firsts.BinarySearch(index);
            source = source >= 0 ? source : ~source - 1;
            while (source + 1 < _firsts.Count && _firsts[source + 1] == index)
                source++; // files without rows begin no run
            (long place, int length, int row) = _rows[index];
            return (
                _sources[source].File,
                new RowReader.RawRow(row, _sources[source].Read(place, length), place, _sources[source].Unit)
            );
        }
    }

    public void Dispose() => _spool?.Dispose();
}
