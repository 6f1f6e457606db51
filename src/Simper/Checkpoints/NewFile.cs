using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Simper.Checkpoints;

/// <summary>
/// A new file that is written from its beginning to its end. Whole blocks go to the disk past the system's cache where the file
/// system allows that: nobody reads them soon, and a copy of gigabytes into fresh pages takes more processor time than everything
/// else. Where wanted it is hashed on the way by another thread: while one buffer is hashed the next is filled. Not thread safe.
/// </summary>
internal sealed unsafe class NewFile : IDisposable
{
    private const int BufferBytes = 8 << 20;
    private const int Block = 4096; // of memory and of most disks; where they are larger, writes go through the cache

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash? _hash;
    private readonly int _block;
    private readonly byte*[] _buffers;
    private byte* _buffer; // the one that is filled
    private int _filled;
    private Task _hashing = Task.CompletedTask;
    private bool _isDirect;
    private bool _isDisposed;

    /// <summary>Creates the file, which must not exist.</summary>
    /// <param name="path">Where.</param>
    /// <param name="hashes">Whether <see cref="Sha256"/> is wanted.</param>
    /// <param name="block">What is written past the cache is a multiple of it.</param>
    /// <exception cref="IOException">It exists, or cannot be made.</exception>
    public NewFile(string path, bool hashes = false, int block = Block)
    {
        (_path, _block) = (path, block);
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        _hash = hashes ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        _buffers = new byte*[hashes ? 2 : 1];
        for (int i = 0; i < _buffers.Length; i++)
            _buffers[i] = (byte*)NativeMemory.AlignedAlloc(BufferBytes, Block);
        _buffer = _buffers[0];
        _isDirect = Posix.TrySetDirect(_file, isDirect: true);
    }

    /// <summary>Bytes that are in the file itself; all, after <see cref="Complete"/>.</summary>
    public long Written { get; private set; }

    /// <summary>Of everything, in hexadecimal, after <see cref="Complete"/>; null where it was not wanted.</summary>
    public string? Sha256 { get; private set; }

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
        _hashing.GetAwaiter().GetResult();
        Sha256 = _hash is null ? null : Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    /// <summary>Flushes it to disk.</summary>
    public void Flush() => Flushing.File(_file, _path);

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        ((IAsyncResult)_hashing).AsyncWaitHandle.WaitOne(); // it reads a buffer
        foreach (byte* buffer in _buffers)
            NativeMemory.AlignedFree(buffer);
        _hash?.Dispose();
        _file.Dispose();
    }

    // All but the last time it is full, so that each begins at a block.
    private void Empty()
    {
        var bytes = new ReadOnlySpan<byte>(_buffer, _filled);
        Hash();
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
        _buffer = _buffers[^1] == _buffer ? _buffers[0] : _buffers[^1];
    }

    // The thread that hashes has the priority of the one that writes, which starts it. A small file is not worth a thread.
    private void Hash()
    {
        if (_hash is null)
            return;
        _hashing.GetAwaiter().GetResult();
        if (_filled < BufferBytes)
        {
            _hash.AppendData(new ReadOnlySpan<byte>(_buffer, _filled));
            return;
        }
        nint buffer = (nint)_buffer;
        _hashing = Task.Factory.StartNew(
            () => _hash.AppendData(new ReadOnlySpan<byte>((byte*)buffer, BufferBytes)),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
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
