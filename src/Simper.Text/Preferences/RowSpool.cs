namespace Simper.Text.Preferences;

/// <summary>
/// Rows that cannot be read again where they came from (of tables, packed files, arrays), as JSON in a temporary file, so that
/// they take no memory. Written by one thread, then read by any number.
/// </summary>
internal sealed class RowSpool : IDisposable
{
    private readonly FileStream _file = NamelessFile.Create("rows");
    private long _length;
    private bool _isFlushed;

    /// <summary>Adds a row; returns where it begins.</summary>
    /// <exception cref="SimperException">The disk is full.</exception>
    public long Add(ReadOnlySpan<byte> row)
    {
        Write(row, isLast: false);
        _length += row.Length;
        return _length - row.Length;
    }

    /// <summary>To be called behind the last row, before the first is read.</summary>
    public void Finish()
    {
        if (!_isFlushed)
            Write([], isLast: true);
        _isFlushed = true;
    }

    /// <summary>A row.</summary>
    public byte[] Read(long at, int length)
    {
        var bytes = new byte[length];
        for (int done = 0; done < length; )
        {
            int read = RandomAccess.Read(_file.SafeFileHandle, bytes.AsSpan(done), at + done);
            done += read > 0 ? read : throw new EndOfStreamException();
        }
        return bytes;
    }

    public void Dispose() => _file.Dispose();

    private void Write(ReadOnlySpan<byte> row, bool isLast)
    {
        try
        {
            _file.Write(row);
            if (isLast)
                _file.Flush();
        }
        catch (IOException e)
        {
            throw new SimperException(
                $"The rows cannot be kept in {Path.GetTempPath()}: {SystemFault.Sentence(e)}; or name another folder in TMPDIR "
                    + "(TEMP on Windows).",
                e
            );
        }
    }
}
