using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Simper.Text.Tables.Arrow;

/// <summary>
/// Bytes of a column. Those of an uncompressed file stay there and are read through a window, since rows ask for them one after
/// the other; a batch of a gigabyte takes no more memory than a small one.
/// </summary>
internal sealed class ArrowBuffer
{
    private const int WindowBytes = 1 << 16;

    private readonly SafeFileHandle? _file;
    private readonly long _start;
    private byte[] _window;
    private long _at; // of the window in the buffer
    private int _filled;

    /// <param name="file">The file.</param>
    /// <param name="start">Where its bytes begin.</param>
    /// <param name="length">How many they are.</param>
    public ArrowBuffer(SafeFileHandle file, long start, long length)
    {
        (_file, _start, Length) = (file, start, length);
        _window = new byte[Math.Min(length, WindowBytes)];
    }

    /// <param name="bytes">All its bytes.</param>
    public ArrowBuffer(byte[] bytes)
    {
        _window = bytes;
        _filled = bytes.Length;
        Length = bytes.Length;
    }

    /// <summary>Number of its bytes.</summary>
    public long Length { get; }

    /// <summary>Some bytes, valid until the next call.</summary>
    /// <exception cref="InvalidDataException">They are not in it.</exception>
    public ReadOnlySpan<byte> Slice(long from, long length)
    {
        if (from < 0 || length < 0 || from > Length - length)
            throw new InvalidDataException("a value lies outside of its column");
        if (from < _at || from + length > _at + _filled)
            Fill(from, (int)Math.Min(length, Array.MaxLength));
        return _window.AsSpan((int)(from - _at), (int)length);
    }

    /// <summary>A number of 32 bits.</summary>
    public int Int32(long index) => BinaryPrimitives.ReadInt32LittleEndian(Slice(index * 4, 4));

    /// <summary>A number of 64 bits.</summary>
    public long Int64(long index) => BinaryPrimitives.ReadInt64LittleEndian(Slice(index * 8, 8));

    /// <summary>A bit, the least significant of a byte first.</summary>
    public bool Bit(long index) => (Slice(index >> 3, 1)[0] >> (int)(index & 7) & 1) != 0;

    private void Fill(long from, int needed)
    {
        if (_window.Length < needed)
            _window = new byte[needed];
        (_at, _filled) = (from, 0);
        int wanted = (int)Math.Min(_window.Length, Length - from);
        _file!.ReadExactly(_window.AsSpan(0, wanted), _start + from);
        _filled = wanted;
    }
}
