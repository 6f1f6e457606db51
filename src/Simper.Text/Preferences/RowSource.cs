using Microsoft.Win32.SafeHandles;

namespace Simper.Text.Preferences;

/// <summary>
/// Where rows can be read again: a plain file of lines by offset, so that a data set of any length takes only its index; what has
/// no offsets (compressed files, arrays) from a copy in memory. Thread safe.
/// </summary>
/// <param name="file">Its path.</param>
/// <param name="isArray">Whether rows are the items of an array, or lines.</param>
internal sealed class RowSource(string file, bool isArray)
{
    private readonly List<byte[]> _copies = [];

    // the file as it was, whatever takes its name later
    private readonly SafeFileHandle _handle = System.IO.File.OpenHandle(file);

    public string File => file;

    public bool IsArray => isArray;

    /// <summary>Keeps a copy of a row; the number to ask for it.</summary>
    public long Keep(byte[] utf8)
    {
        _copies.Add(utf8);
        return _copies.Count - 1;
    }

    /// <summary>The bytes of a row: a copy, or <paramref name="length"/> bytes of the file.</summary>
    /// <exception cref="SimperException">The file is shorter than it was.</exception>
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
