namespace Simper.Text.Preferences.Cache;

/// <summary>
/// Rows that cannot be read again where they came from (of tables, packed files, arrays), as JSON in a file, so that they take no
/// memory. Written by one thread, then read by any number.
/// </summary>
internal sealed class RowSpool : IDisposable
{
    private readonly string _place; // for messages
    private readonly string? _path;
    private readonly AsideFile? _aside;
    private FileStream _file;
    private bool _isFlushed;

    /// <summary>A temporary one, that ends with the process.</summary>
    public RowSpool()
    {
        _place = Path.GetTempPath();
        _file = NamelessFile.Create("rows");
    }

    /// <summary>One that is kept: written aside, then renamed.</summary>
    /// <exception cref="SimperException">It cannot be written.</exception>
    public RowSpool(string path)
    {
        (_path, _place) = (path, Path.GetDirectoryName(path)!);
        try
        {
            _aside = new AsideFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotKept(e);
        }
        _file = _aside.Stream;
    }

    private RowSpool(string path, FileStream file, long length, uint checksum)
    {
        (_path, _place, _file) = (path, Path.GetDirectoryName(path)!, file);
        (Length, Checksum, _isFlushed) = (length, checksum, true);
    }

    /// <summary>Bytes of all rows.</summary>
    public long Length { get; private set; }

    /// <summary>Of all rows.</summary>
    public uint Checksum { get; private set; }

    /// <summary>Opens one that was kept; null if there is none, or it is another or damaged.</summary>
    public static RowSpool? Open(string path, long length, uint checksum)
    {
        if (!File.Exists(path))
            return null;
        FileStream file = File.OpenRead(path);
        if (file.Length == length && Cache.Checksum.Of(file) == checksum)
            return new RowSpool(path, file, length, checksum);
        file.Dispose();
        return null;
    }

    /// <summary>Adds a row; returns where it begins.</summary>
    /// <exception cref="SimperException">The disk is full.</exception>
    public long Add(ReadOnlySpan<byte> row)
    {
        Guarded(row, (file, bytes) => file.Write(bytes));
        Checksum = Cache.Checksum.Of(Checksum, row);
        Length += row.Length;
        return Length - row.Length;
    }

    /// <summary>To be called behind the last row, before the first is read.</summary>
    /// <exception cref="SimperException">The disk is full.</exception>
    public void Finish()
    {
        if (_isFlushed)
            return;
        Guarded([], (file, _) => file.Flush());
        _isFlushed = true;
        if (_aside is null)
            return;
        Guarded([], (_, _) => _aside.Commit());
        _file = File.OpenRead(_path!);
    }

    /// <summary>A row.</summary>
    public byte[] Read(long at, int length)
    {
        var bytes = new byte[length];
        _file.SafeFileHandle.ReadExactly(bytes, at);
        return bytes;
    }

    /// <summary>Closes it. What was not finished is removed.</summary>
    public void Dispose()
    {
        if (_isFlushed)
            _file.Dispose();
        else if (_aside is not null)
            _aside.Dispose();
        else
            _file.Dispose();
    }

    private delegate void Writing(FileStream file, ReadOnlySpan<byte> bytes);

    private void Guarded(ReadOnlySpan<byte> bytes, Writing write)
    {
        try
        {
            write(_file, bytes);
        }
        catch (IOException e)
        {
            throw NotKept(e);
        }
    }

    private SimperException NotKept(Exception e) =>
        new(
            $"The rows cannot be kept in {_place}: {SystemFault.Sentence(e)}; or name another folder in "
                + $"{(_path is null ? "TMPDIR (TEMP on Windows)" : "cache_dir")}.",
            e
        );
}
