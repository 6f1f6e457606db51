using Microsoft.Win32.SafeHandles;

namespace Simper.Text.Preferences;

/// <summary>
/// Reads rows again: from a plain JSONL file by offset, so that a data set of any length takes only its index; where there are no
/// offsets (compressed files, arrays), from a copy in memory. Thread safe.
/// </summary>
/// <param name="file">Its path.</param>
/// <param name="isArray">Whether rows are the items of an array, instead of lines.</param>
internal sealed class RowSource(string file, bool isArray)
{
    private readonly List<byte[]> _copies = [];

    // the open file, even if another one takes its name
    private readonly SafeFileHandle _handle = System.IO.File.OpenHandle(file);

    public string File => file;

    public bool IsArray => isArray;

    /// <summary>Keeps a copy of a row; returns its number.</summary>
    public long Keep(byte[] utf8)
    {
        _copies.Add(utf8);
        return _copies.Count - 1;
    }

    /// <summary>The bytes of a row: a copy, or <paramref name="length"/> bytes of the file.</summary>
    /// <exception cref="SimperException">The file became shorter.</exception>
    public byte[] Read(long at, int length)
    {
        if (_copies.Count > 0)
            return _copies[(int)at];
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
