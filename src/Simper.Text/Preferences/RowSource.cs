using Microsoft.Win32.SafeHandles;
using Simper.Text.Preferences.Cache;

namespace Simper.Text.Preferences;

/// <summary>
/// Reads rows again: from a plain JSONL file by offset, so that a data set of any length takes only its index; where there are no
/// offsets (tables, packed files, arrays), from the spool that they were kept in. Thread safe.
/// </summary>
/// <param name="file">Its path.</param>
/// <param name="unit">What its rows are counted in.</param>
/// <param name="spool">Where its rows are kept; null for a plain JSONL file.</param>
internal sealed class RowSource(string file, RowUnit unit, RowSpool? spool)
{
    // the open file, even if another one takes its name
    private readonly SafeFileHandle? _handle = spool is null ? System.IO.File.OpenHandle(file) : null;

    public string File => file;

    public RowUnit Unit => unit;

    /// <summary>Whether its rows are kept elsewhere.</summary>
    public bool IsSpooled => spool is not null;

    /// <summary>Where a row is to be read from: its place in the file, or in the spool, in which it is put.</summary>
    public long Keep(RowReader.RawRow row) => spool is null ? row.Offset : spool.Add(row.Utf8);

    /// <summary>The bytes of a row.</summary>
    /// <exception cref="SimperException">The file became shorter.</exception>
    public byte[] Read(long at, int length)
    {
        if (_handle is null)
            return spool!.Read(at, length);
        var bytes = new byte[length];
        for (int read = 0; read < length; )
        {
            int more = RandomAccess.Read(_handle, bytes.AsSpan(read), at + read);
            if (more == 0)
                throw new SimperException($"{file} has become shorter while it was in use.");
            read += more;
        }
        return bytes;
    }
}
