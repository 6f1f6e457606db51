using System.Buffers.Binary;

namespace Simper.Text.Tables.Arrow;

/// <summary>
/// A table of FlatBuffers, in which Arrow writes its metadata: numbered fields that may be missing. Read in place; every place is
/// checked.
/// </summary>
/// <param name="bytes">The whole metadata.</param>
/// <param name="position">Where the table is.</param>
internal readonly struct FlatTable(ReadOnlyMemory<byte> bytes, int position)
{
    /// <summary>The outermost table.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static FlatTable Root(ReadOnlyMemory<byte> bytes) => new FlatTable(bytes, 0).At(0);

    /// <summary>Whether the field is there.</summary>
    public bool Has(int field) => Place(field) > 0;

    public long Int64(int field, long otherwise = 0) =>
        Place(field) is > 0 and var at ? BinaryPrimitives.ReadInt64LittleEndian(Span(at, 8)) : otherwise;

    public int Int32(int field, int otherwise = 0) =>
        Place(field) is > 0 and var at ? BinaryPrimitives.ReadInt32LittleEndian(Span(at, 4)) : otherwise;

    public int Int16(int field, int otherwise = 0) =>
        Place(field) is > 0 and var at ? BinaryPrimitives.ReadInt16LittleEndian(Span(at, 2)) : otherwise;

    public int Byte(int field) => Place(field) is > 0 and var at ? Span(at, 1)[0] : 0;

    /// <summary>A table inside; null where it is missing.</summary>
    public FlatTable? Table(int field) => Place(field) is > 0 and var at ? At(at) : null;

    /// <summary>A text as its bytes; empty where it is missing.</summary>
    public ReadOnlySpan<byte> Text(int field)
    {
        if (Place(field) is not (> 0 and var at))
            return [];
        int start = Target(at);
        return Span(start + 4, Count(start, 1));
    }

    /// <summary>The tables of a list.</summary>
    public FlatTable[] Tables(int field)
    {
        if (Place(field) is not (> 0 and var at))
            return [];
        int start = Target(at);
        var tables = new FlatTable[Count(start, 4)];
        for (int i = 0; i < tables.Length; i++)
            tables[i] = At(start + 4 + 4 * i);
        return tables;
    }

    /// <summary>The numbers of a list of structures that consist of <paramref name="each"/> 64-bit numbers.</summary>
    public long[] Numbers(int field, int each = 1)
    {
        if (Place(field) is not (> 0 and var at))
            return [];
        int start = Target(at);
        var numbers = new long[Count(start, 8 * each) * each];
        ReadOnlySpan<byte> span = Span(start + 4, numbers.Length * 8);
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(span[(i * 8)..]);
        return numbers;
    }

    // The table to which the offset at a place points.
    private FlatTable At(int at) => new(bytes, Target(at));

    private int Target(int at)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(Span(at, 4));
        return offset <= bytes.Length - at ? at + (int)offset : throw Wrong();
    }

    private int Count(int start, int width)
    {
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(Span(start, 4));
        return count <= (bytes.Length - start) / width ? (int)count : throw Wrong();
    }

    // Where a field is, 0 where it is missing: a table begins with the way back to the list of its fields' places.
    private int Place(int field)
    {
        long list = position - (long)BinaryPrimitives.ReadInt32LittleEndian(Span(position, 4));
        if (list < 0 || list > bytes.Length - 4)
            throw Wrong();
        int size = BinaryPrimitives.ReadUInt16LittleEndian(Span((int)list, 2));
        int entry = 4 + 2 * field;
        if (entry + 2 > size)
            return 0;
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(Span((int)list + entry, 2));
        return offset == 0 ? 0 : position + offset;
    }

    private ReadOnlySpan<byte> Span(int at, int length) =>
        at >= 0 && length <= bytes.Length - at ? bytes.Span.Slice(at, length) : throw Wrong();

    private static InvalidDataException Wrong() => new("its metadata are not what Arrow has");
}
