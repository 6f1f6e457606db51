using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Simper.Checkpoints;

/// <summary>
/// A new file that is written from its beginning to its end. Whole blocks go to the disk past the system's cache where the file
/// system allows that: nobody reads them soon, and a copy of gigabytes into fresh pages takes more processor time than everything
/// else. Where wanted it is hashed on the way. Not thread safe.
/// </summary>
internal sealed unsafe class NewFile : IDisposable
{
    private const int BufferBytes = 8 << 20;
    private const int Block = 4096; // of memory and of most disks; where they are larger, writes go through the cache

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly XxHash128? _hash;
    private readonly int _block;
    private readonly byte* _buffer;
    private int _filled;
    private bool _isDirect;
    private bool _isDisposed;

    /// <summary>Creates the file, which must not exist.</summary>
    /// <param name="path">Where.</param>
    /// <param name="hashes">Whether <see cref="Hash"/> is wanted.</param>
    /// <param name="block">What is written past the cache is a multiple of it.</param>
    /// <exception cref="IOException">It exists, or cannot be made.</exception>
    public NewFile(string path, bool hashes = false, int block = Block)
    {
        (_path, _block) = (path, block);
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        _hash = hashes ? new XxHash128() : null;
        _buffer = (byte*)NativeMemory.AlignedAlloc(BufferBytes, Block);
        _isDirect = Posix.TrySetDirect(_file, isDirect: true);
    }

    /// <summary>Bytes that are in the file itself; all, after <see cref="Complete"/>.</summary>
    public long Written { get; private set; }

    /// <summary>XXH128 of everything, in hexadecimal, after <see cref="Complete"/>; null where it was not wanted.</summary>
    public string? Hash { get; private set; }

    /// <summary>Adds bytes to its end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int count = Math.Min(bytes.Length, BufferBytes - _filled);
            bytes[..count].CopyTo(new Span<byte>(_buffer + _filled, count));
            _filled += count;
            bytes = bytes[count..];
            if (_filled == BufferBytes)
                Empty();
        }
    }

    /// <summary>To be called once, after the last byte: from then on the file has its whole content, not yet on disk.</summary>
    public void Complete()
    {
        Empty();
        Hash = _hash is null ? null : Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    /// <summary>Flushes it to disk.</summary>
    public void Flush() => Flushing.File(_file, _path);

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        NativeMemory.AlignedFree(_buffer);
        _file.Dispose();
    }

    // All but the last time it is full, so that each begins at a block.
    private void Empty()
    {
        var bytes = new ReadOnlySpan<byte>(_buffer, _filled);
        _hash?.Append(bytes);
        int whole = _isDirect ? _filled / _block * _block : 0;
        if (whole > 0 && !TryWriteDirectly(bytes[..whole]))
            whole = 0;
        if (whole < _filled)
        {
            if (_isDirect)
                EndDirect();
            RandomAccess.Write(_file, bytes[whole..], Written + whole);
        }
        Written += _filled;
        _filled = 0;
    }

    // Some file systems take the flag and refuse the write, or want larger blocks.
    private bool TryWriteDirectly(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_file, bytes, Written);
            return true;
        }
        catch (IOException e) when (e.HResult == Posix.InvalidArgument)
        {
            EndDirect();
            return false;
        }
    }

    private void EndDirect()
    {
        _ = Posix.TrySetDirect(_file, isDirect: false);
        _isDirect = false;
    }
}
