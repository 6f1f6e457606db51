using Simper.Text.Preferences;
using Simper.Text.Preferences.Cache;

namespace Simper.Text.Doctor;

/// <summary>
/// Where each row is to be read again: 24 bytes of memory a row. Rows are added by one thread; read, once complete,
/// by any number.
/// </summary>
internal sealed class RowIndex : IDisposable
{
    private readonly List<(long At, int Length, int Row, short Source)> _rows = [];
    private readonly List<(int File, RowSource Source)> _sources = [];
    private RowSpool? _spool;

    /// <summary>Number of rows.</summary>
    public int Count => _rows.Count;

    /// <summary>Begins a file that has rows.</summary>
    /// <param name="file">Which one, from 0.</param>
    /// <param name="path">Its path.</param>
    /// <param name="first">Its first row.</param>
    public void Begin(int file, string path, RowReader.RawRow first)
    {
        if (first.Offset < 0)
            _spool ??= new RowSpool();
        _sources.Add((file, new RowSource(path, first.Unit, first.Offset < 0 ? _spool : null)));
    }

    /// <summary>Adds a row of the file begun last.</summary>
    public void Add(RowReader.RawRow row) =>
        _rows.Add((_sources[^1].Source.Keep(row), row.Utf8.Length, row.Row, (short)(_sources.Count - 1)));

    /// <summary>To be called behind the last row.</summary>
    public void Finish() => _spool?.Finish();

    /// <summary>A row's file and number.</summary>
    public (int File, int Row) PlaceOf(int index) => (_sources[_rows[index].Source].File, _rows[index].Row);

    /// <summary>A row's path, and the row.</summary>
    public (string File, RowReader.RawRow Row) this[int index]
    {
        get
        {
            (long at, int length, int row, short source) = _rows[index];
            RowSource from = _sources[source].Source;
            return (from.File, new RowReader.RawRow(row, from.Read(at, length), at, from.Unit));
        }
    }

    public void Dispose() => _spool?.Dispose();
}
