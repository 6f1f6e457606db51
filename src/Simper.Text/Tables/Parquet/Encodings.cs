using System.Buffers.Binary;

namespace Simper.Text.Tables.Parquet;

/// <summary>Parquet's encodings of values: the bytes of a page as <see cref="Values"/>.</summary>
internal static class Encodings
{
    private const int Plain = 0;
    private const int PlainDictionary = 2;
    private const int Rle = 3;
    private const int DeltaBinaryPacked = 5;
    private const int DeltaLengthByteArray = 6;
    private const int DeltaByteArray = 7;
    private const int RleDictionary = 8;
    private const int ByteStreamSplit = 9;

    /// <summary>The values of a page.</summary>
    /// <param name="encoding">Its encoding.</param>
    /// <param name="bytes">What follows the levels.</param>
    /// <param name="count">How many values it may have.</param>
    /// <param name="type">The column's type.</param>
    /// <param name="dictionary">The chunk's dictionary, if it has one.</param>
    /// <param name="limit">Counts what is unpacked.</param>
    /// <exception cref="InvalidDataException">The encoding is unknown or does not fit.</exception>
    public static Values Read(
        long encoding,
        ReadOnlyMemory<byte> bytes,
        int count,
        PhysicalType type,
        ColumnDictionary? dictionary,
        UnpackingLimit limit
    ) =>
        encoding switch
        {
            Plain when type.IsBoolean => new BitValues(bytes),
            Plain => type.Width == 0 ? new PrefixedValues(bytes) : new FixedValues(bytes, type.Width),
            PlainDictionary or RleDictionary => new IndexedValues(
                dictionary ?? throw new InvalidDataException("a column has no dictionary, but places in one"),
                Indices(bytes)
            ),
            Rle when type.IsBoolean => new RunValues(new RunLengths(Behind(bytes, 4), 1)),
            DeltaBinaryPacked when type.IsInteger => Numbers(bytes.Span, count, type.Width, limit),
            DeltaLengthByteArray when type.Width == 0 => Lengths(bytes, count, limit),
            DeltaByteArray when !type.IsBoolean => Prefixes(bytes, count, limit),
            ByteStreamSplit when type.Width > 0 => Split(bytes.Span, type.Width),
            _ => throw new InvalidDataException($"the encoding {encoding} of a page is not known for its type"),
        };

    private static RunLengths Indices(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return new RunLengths(bytes, 0); // a page of nulls alone
        byte width = bytes.Span[0];
        return width <= 32 ? new RunLengths(bytes[1..], width) : throw new InvalidDataException("a place has more than 32 bits");
    }

    private static FixedValues Numbers(ReadOnlySpan<byte> bytes, int count, int width, UnpackingLimit limit)
    {
        int position = 0;
        long[] numbers = DeltaNumbers.Read(bytes, ref position, count, limit);
        var plain = new byte[numbers.Length * width];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (width == 4)
                BinaryPrimitives.WriteInt32LittleEndian(plain.AsSpan(i * 4), unchecked((int)numbers[i]));
            else
                BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(i * 8), numbers[i]);
        }
        return new FixedValues(plain, width);
    }

    private static SlicedValues Lengths(ReadOnlyMemory<byte> bytes, int count, UnpackingLimit limit)
    {
        int position = 0;
        int[] starts = Starts(DeltaNumbers.Read(bytes.Span, ref position, count, limit), bytes.Length - position);
        return new SlicedValues(bytes[position..], starts);
    }

    // Each text shares the beginning of the one before.
    private static SlicedValues Prefixes(ReadOnlyMemory<byte> bytes, int count, UnpackingLimit limit)
    {
        int position = 0;
        long[] shared = DeltaNumbers.Read(bytes.Span, ref position, count, limit);
        long[] lengths = DeltaNumbers.Read(bytes.Span, ref position, count, limit);
        if (shared.Length != lengths.Length)
            throw new InvalidDataException("a page does not say how long its texts are");
        int[] rests = Starts(lengths, bytes.Length - position);
        ReadOnlySpan<byte> rest = bytes.Span[position..];
        long total = Starts(shared, Array.MaxLength - rests[^1])[^1] + rests[^1];
        limit.Add(total);
        var whole = new byte[total];
        var starts = new int[shared.Length + 1];
        for (int i = 0; i < shared.Length; i++)
        {
            int start = starts[i];
            int before = i == 0 ? 0 : starts[i - 1];
            if (shared[i] > start - before)
                throw new InvalidDataException("a text shares more with the one before than that has");
            whole.AsSpan(before, (int)shared[i]).CopyTo(whole.AsSpan(start));
            rest[rests[i]..rests[i + 1]].CopyTo(whole.AsSpan(start + (int)shared[i]));
            starts[i + 1] = start + (int)shared[i] + (rests[i + 1] - rests[i]);
        }
        return new SlicedValues(whole, starts);
    }

    private static FixedValues Split(ReadOnlySpan<byte> bytes, int width)
    {
        int count = bytes.Length / width;
        var plain = new byte[count * width];
        for (int b = 0; b < width; b++)
        {
            for (int i = 0; i < count; i++)
                plain[i * width + b] = bytes[b * count + i];
        }
        return new FixedValues(plain, width);
    }

    private static int[] Starts(long[] lengths, int most)
    {
        var starts = new int[lengths.Length + 1];
        long at = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] < 0 || lengths[i] > most - at)
                throw new InvalidDataException("a text is longer than its page");
            at += lengths[i];
            starts[i + 1] = (int)at;
        }
        return starts;
    }

    private static ReadOnlyMemory<byte> Behind(ReadOnlyMemory<byte> bytes, int count) =>
        bytes.Length >= count ? bytes[count..] : throw new InvalidDataException("a page ends too early");
}
