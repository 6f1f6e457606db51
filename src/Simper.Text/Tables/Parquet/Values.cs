using System.Buffers.Binary;

namespace Simper.Text.Tables.Parquet;

/// <summary>
/// The values of a page, one by one, each as its bytes in the encoding PLAIN (numbers little-endian, texts without their length,
/// truth values a byte). A value is valid until the next one.
/// </summary>
internal abstract class Values
{
    /// <exception cref="InvalidDataException">There is none.</exception>
    public abstract ReadOnlySpan<byte> Next();

    protected static InvalidDataException Missing() => new("a page has fewer values than it says");
}

/// <summary>Values of equal length.</summary>
internal sealed class FixedValues(ReadOnlyMemory<byte> bytes, int width) : Values
{
    private int _position;

    public override ReadOnlySpan<byte> Next()
    {
        if (width > bytes.Length - _position)
            throw Missing();
        _position += width;
        return bytes.Span.Slice(_position - width, width);
    }
}

/// <summary>Texts, each behind its length.</summary>
internal sealed class PrefixedValues(ReadOnlyMemory<byte> bytes) : Values
{
    private int _position;

    public override ReadOnlySpan<byte> Next()
    {
        ReadOnlySpan<byte> rest = bytes.Span[_position..];
        if (rest.Length < 4)
            throw Missing();
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        if (length > rest.Length - 4)
            throw new InvalidDataException("a text is longer than its page");
        _position += 4 + (int)length;
        return rest.Slice(4, (int)length);
    }
}

/// <summary>Texts, of which it is known where each begins.</summary>
internal sealed class SlicedValues(ReadOnlyMemory<byte> bytes, int[] starts) : Values
{
    private int _next;

    public override ReadOnlySpan<byte> Next()
    {
        if (_next >= starts.Length - 1)
            throw Missing();
        int start = starts[_next++];
        return bytes.Span[start..starts[_next]];
    }
}

/// <summary>Truth values, eight in a byte.</summary>
internal sealed class BitValues(ReadOnlyMemory<byte> bytes) : Values
{
    private readonly byte[] _value = new byte[1];
    private long _bit;

    public override ReadOnlySpan<byte> Next()
    {
        if (_bit >= bytes.Length * 8L)
            throw Missing();
        _value[0] = (byte)RunLengths.Packed(bytes.Span, _bit++, 1);
        return _value;
    }
}

/// <summary>Truth values in runs.</summary>
internal sealed class RunValues(RunLengths runs) : Values
{
    private readonly byte[] _value = new byte[1];

    public override ReadOnlySpan<byte> Next()
    {
        _value[0] = (byte)runs.Next();
        return _value;
    }
}

/// <summary>Places in the dictionary of a column chunk.</summary>
internal sealed class IndexedValues(ColumnDictionary dictionary, RunLengths indices) : Values
{
    public override ReadOnlySpan<byte> Next() => dictionary[indices.Next()];
}

/// <summary>The distinct values of a column chunk.</summary>
internal sealed class ColumnDictionary
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly int[] _lengths;

    /// <param name="bytes">Owned from then on.</param>
    /// <param name="count">How many values.</param>
    /// <param name="width">Bytes of a value, 0 where each is behind its length.</param>
    /// <exception cref="InvalidDataException">The bytes are too few.</exception>
    public ColumnDictionary(byte[] bytes, int count, int width)
    {
        if (count > bytes.Length / (width > 0 ? width : sizeof(uint)))
            throw new InvalidDataException("a dictionary has fewer values than it says");
        _bytes = bytes;
        (_starts, _lengths) = (new int[count], new int[count]);
        int position = 0;
        for (int i = 0; i < count; i++)
        {
            long length = width;
            if (width == 0)
            {
                length = position + 4 <= bytes.Length ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(position)) : -1;
                position += 4;
            }
            if (length < 0 || length > bytes.Length - position)
                throw new InvalidDataException("a dictionary has fewer values than it says");
            (_starts[i], _lengths[i]) = (position, (int)length);
            position += (int)length;
        }
    }

    /// <exception cref="InvalidDataException">It has no such value.</exception>
    public ReadOnlySpan<byte> this[uint index] =>
        index < (uint)_starts.Length
            ? _bytes.AsSpan(_starts[index], _lengths[index])
            : throw new InvalidDataException("a value is not in its dictionary");
}
