using System.Buffers;
using System.Text.Json;

namespace Simper.Text.Tables;

/// <summary>Memory in which the rows of a table are written, one after the other.</summary>
internal sealed class RowBuffer : IDisposable
{
    private readonly ArrayBufferWriter<byte> _row = new(1 << 12);
    private readonly Utf8JsonWriter _json;

    public RowBuffer() => _json = new Utf8JsonWriter(_row, Cells.Json);

    /// <summary>What writes the next row; the one before is lost.</summary>
    public Utf8JsonWriter Begin()
    {
        _row.ResetWrittenCount();
        _json.Reset();
        return _json;
    }

    /// <summary>The row that is written, valid until the next.</summary>
    public ReadOnlySpan<byte> End()
    {
        _json.Flush();
        return _row.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();
}
