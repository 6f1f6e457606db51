using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Simper.Text.Preferences.Cache;

/// <summary>
/// A file that does not change any more, mapped into memory: opening it reads nothing, and processes that use the same file share
/// it. What was read is given back from time to time, so that a file of any size takes little of the process's memory. Thread
/// safe.
/// </summary>
internal sealed partial class MappedFile : IDisposable
{
    private const long MostResident = 64 << 20;
    private const int NotNeeded = 4; // MADV_DONTNEED: a mapped file's pages stay in the system's cache

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private long _read;

    /// <summary>Maps a file that is not empty, and owns it from then on.</summary>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    public MappedFile(FileStream file)
    {
        Length = file.Length;
        _file = MemoryMappedFile.CreateFromFile(
            file,
            mapName: null,
            capacity: 0,
            MemoryMappedFileAccess.Read,
            HandleInheritability.None,
            leaveOpen: false
        );
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>Its bytes.</summary>
    public long Length { get; }

    /// <summary>Copies bytes from a place in the file.</summary>
    public void Read(long at, Span<byte> into)
    {
        if (at < 0 || at > Length - into.Length) // the view itself ends with its last page
            throw new ArgumentOutOfRangeException(nameof(at), at, "Outside the file.");
        _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)at, into);
        if (Interlocked.Add(ref _read, into.Length) > MostResident)
            GiveBack();
    }

    /// <summary>Bytes from a place in the file.</summary>
    public byte[] Bytes(long at, int count)
    {
        var bytes = new byte[count];
        Read(at, bytes);
        return bytes;
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    // The pages are read again when they are touched again. Elsewhere the system takes them when it needs memory.
    private void GiveBack()
    {
        Interlocked.Exchange(ref _read, 0);
        if (OperatingSystem.IsLinux())
            _ = Advise(_view.SafeMemoryMappedViewHandle, (nuint)Length, NotNeeded); // failure costs only memory
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(SafeHandle start, nuint length, int advice);
}
