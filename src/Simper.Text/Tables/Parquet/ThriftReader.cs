using System.Buffers.Binary;

namespace Simper.Text.Tables.Parquet;

/// <summary>
/// Thrift's compact protocol, in which Parquet writes its metadata: structures of numbered fields. Values are kept as they come;
/// what a field means is known to whom asks for it.
/// </summary>
/// <param name="bytes">The metadata, perhaps with more behind it.</param>
internal sealed class ThriftReader(ReadOnlyMemory<byte> bytes)
{
    private const int Deepest = 32;

    /// <summary>How many bytes were read.</summary>
    public int Position { get; private set; }

    /// <summary>The next structure.</summary>
    /// <exception cref="EndOfStreamException">The bytes end within it.</exception>
    /// <exception cref="InvalidDataException">It is no structure of this protocol.</exception>
    public ThriftStruct Struct() => Struct(0);

    private ThriftStruct Struct(int depth)
    {
        if (depth > Deepest)
            throw Wrong();
        var fields = new Dictionary<int, object>();
        int id = 0;
        while (Byte() is var head && head != 0)
        {
            int step = head >> 4;
            id = step == 0 ? (int)Signed() : id + step;
            fields[id] = Value(head & 15, depth);
        }
        return new ThriftStruct(fields);
    }

    private object Value(int type, int depth) =>
        type switch
        {
            1 => true,
            2 => false,
            3 => (long)(sbyte)Byte(),
            4 or 5 or 6 => Signed(),
            7 => BinaryPrimitives.ReadDoubleLittleEndian(Take(8).Span),
            8 => Take(Length()),
            9 or 10 => List(depth),
            11 => Map(depth),
            12 => Struct(depth + 1),
            _ => throw Wrong(),
        };

    private List<object> List(int depth)
    {
        int head = Byte();
        int count = head >> 4 == 15 ? Length() : head >> 4;
        if (count > bytes.Length - Position)
            throw new EndOfStreamException();
        var items = new List<object>(Math.Min(count, 1024));
        for (int i = 0; i < count; i++)
            items.Add(Item(head & 15, depth));
        return items;
    }

    // Nothing of Parquet is a map; one of a later version is stepped over.
    private List<object> Map(int depth)
    {
        int count = Length();
        if (count == 0)
            return [];
        int types = Byte();
        for (int i = 0; i < count; i++)
        {
            Item(types >> 4, depth);
            Item(types & 15, depth);
        }
        return [];
    }

    // In collections a truth value is a byte of its own.
    private object Item(int type, int depth) => type is 1 or 2 ? Byte() == 1 : Value(type, depth + 1);

    private int Length() => Unsigned() is <= int.MaxValue and var length ? (int)length : throw Wrong();

    private long Signed()
    {
        ulong zigzag = Unsigned();
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }

    private ulong Unsigned()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
                return value;
        }
        throw Wrong();
    }

    private byte Byte() => Take(1).Span[0];

    private ReadOnlyMemory<byte> Take(int count)
    {
        if (count > bytes.Length - Position)
            throw new EndOfStreamException();
        Position += count;
        return bytes.Slice(Position - count, count);
    }

    private static InvalidDataException Wrong() => new("its metadata are not what Parquet has");
}

/// <summary>A structure: values by the number of their field.</summary>
internal sealed class ThriftStruct(IReadOnlyDictionary<int, object> fields)
{
    /// <summary>Whether it has the field, whatever its value.</summary>
    public bool Has(int field) => fields.ContainsKey(field);

    /// <summary>A number that may be missing.</summary>
    public long? Number(int field) => fields.GetValueOrDefault(field) as long?;

    /// <summary>A number that has to be there, at most <paramref name="most"/> and not negative.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public long Count(int field, string what, long most = int.MaxValue) =>
        Number(field) is >= 0 and var count && count <= most
            ? count
            : throw new InvalidDataException($"its metadata give no valid {what}");

    public bool? Flag(int field) => fields.GetValueOrDefault(field) as bool?;

    /// <summary>A text; null where there is none, or one that is no UTF-8.</summary>
    public string? Text(int field) =>
        fields.GetValueOrDefault(field) is ReadOnlyMemory<byte> bytes && System.Text.Unicode.Utf8.IsValid(bytes.Span)
            ? System.Text.Encoding.UTF8.GetString(bytes.Span)
            : null;

    public ThriftStruct? Struct(int field) => fields.GetValueOrDefault(field) as ThriftStruct;

    /// <summary>The structures of a list; none where it is missing.</summary>
    public IReadOnlyList<ThriftStruct> Structs(int field) =>
        fields.GetValueOrDefault(field) is List<object> list ? [.. list.OfType<ThriftStruct>()] : [];
}
