using Simper.Text.Preferences.Cache;

namespace Simper.Text.Preferences;

/// <summary>
/// Where each row of files is to be read again: 16 bytes of memory a row. Rows are added by one thread; read, once complete, by
/// any number.
/// </summary>
/// <param name="makeSpool">Makes what keeps rows that cannot be read again where they are; a temporary file when null.</param>
internal sealed class RowIndex(Func<RowSpool>? makeSpool = null) : IDisposable
{
    private readonly List<RowRef> _rows = [];
    private readonly List<RowSource> _sources = [];
    private RowSpool? _spool;

    /// <summary>Number of rows.</summary>
    public int Count => _rows.Count;

    /// <summary>The rows.</summary>
    public IReadOnlyList<RowRef> Rows => _rows;

    /// <summary>The files that were begun.</summary>
    public IReadOnlyList<RowSource> Sources => _sources;

    /// <summary>Begins a file that has rows.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="first">Its first row.</param>
    public void Begin(string path, RowReader.RawRow first)
    {
        if (first.Offset < 0)
            _spool ??= makeSpool?.Invoke() ?? new RowSpool();
        _sources.Add(new RowSource(path, first.Unit, first.Offset < 0 ? _spool : null));
    }

    /// <summary>Adds a row of the file begun last.</summary>
    public void Add(RowReader.RawRow row) =>
        _rows.Add(RowRef.Of(_sources.Count - 1, _sources[^1].Keep(row), row.Utf8.Length, row.Row));

    /// <summary>To be called behind the last row.</summary>
    public void Finish() => _spool?.Finish();

    /// <summary>A row's path, and the row.</summary>
    public (string File, RowReader.RawRow Row) this[int index]
    {
        get
        {
            RowRef row = _rows[index];
            RowSource from = _sources[row.Source];
            return (from.File, new RowReader.RawRow(row.Row, from.Read(row.At, row.Length), row.At, from.Unit));
        }
    }

    public void Dispose() => _spool?.Dispose();
}
