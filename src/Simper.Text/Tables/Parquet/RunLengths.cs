using System.Buffers.Binary;

namespace Simper.Text.Tables.Parquet;

/// <summary>
/// Parquet's hybrid of run lengths and packed bits: levels, indices of dictionaries, truth values. Numbers are taken one by one,
/// so that a run of a billion takes no memory.
/// </summary>
/// <param name="bytes">The encoded numbers.</param>
/// <param name="width">Bits of a number, 0 to 32.</param>
internal sealed class RunLengths(ReadOnlyMemory<byte> bytes, int width)
{
    private int _position;
    private long _left; // numbers left of the run
    private bool _isPacked;
    private uint _repeated;
    private long _bit; // of the next packed number

    /// <exception cref="InvalidDataException">There is none.</exception>
    public uint Next()
    {
        while (_left == 0)
            Begin();
        _left--;
        if (!_isPacked)
            return _repeated;
        uint value = Packed(bytes.Span, _bit, width);
        _bit += width;
        return value;
    }

    /// <summary>A number of packed bits, the least significant first; bits behind the end are 0.</summary>
    public static uint Packed(ReadOnlySpan<byte> bytes, long bit, int width) => (uint)Packed64(bytes, bit, width);

    /// <summary>The same for up to 64 bits.</summary>
    public static ulong Packed64(ReadOnlySpan<byte> bytes, long bit, int width)
    {
        if (width == 0)
            return 0;
        int at = (int)(bit >> 3);
        int shift = (int)(bit & 7);
        ulong low = Word(bytes, at) >> shift;
        if (shift + width > 64)
            low |= Word(bytes, at + 8) << (64 - shift);
        return width == 64 ? low : low & ((1UL << width) - 1);
    }

    private static ulong Word(ReadOnlySpan<byte> bytes, int at)
    {
        if (at + 8 <= bytes.Length)
            return BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
        ulong value = 0;
        for (int i = at; i < bytes.Length; i++)
            value |= (ulong)bytes[i] << ((i - at) * 8);
        return value;
    }

    private void Begin()
    {
        if (_position >= bytes.Length)
            throw new InvalidDataException("a page has fewer values than it says");
        ulong head = Varints.Unsigned(bytes.Span, ref _position);
        _isPacked = (head & 1) == 1;
        _left = (long)(head >> 1);
        if (_isPacked)
        {
            _bit = (long)_position * 8;
            if (_left > (bytes.Length - _position) * 8L / Math.Max(width, 1) + 8)
                throw new InvalidDataException("a page has fewer values than it says");
            long length = _left * width;
            _left *= 8;
            _position = (int)Math.Min(bytes.Length, _position + length);
            return;
        }
        int size = (width + 7) / 8;
        if (size > bytes.Length - _position)
            throw new InvalidDataException("a page has fewer values than it says");
        _repeated = 0;
        for (int i = 0; i < size; i++)
            _repeated |= (uint)bytes.Span[_position++] << (8 * i);
    }
}
