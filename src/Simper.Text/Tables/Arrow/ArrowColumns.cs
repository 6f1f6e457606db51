using System.Buffers.Binary;
using System.Numerics;
using System.Text.Json;

namespace Simper.Text.Tables.Arrow;

/// <summary>Makes columns of a batch: takes its parts in the order of the schema.</summary>
/// <param name="batch">The batch.</param>
/// <param name="dictionaries">Those that came before, by number.</param>
internal sealed class ArrowColumns(ArrowBatch batch, IReadOnlyDictionary<long, List<ArrowColumn>> dictionaries)
{
    private static readonly long[] PerSecond = [1, 1_000, 1_000_000, 1_000_000_000];

    /// <summary>The next column.</summary>
    /// <exception cref="InvalidDataException">The batch does not have it as its field says.</exception>
    /// <exception cref="TableRefusal">Its type is not read.</exception>
    public ArrowColumn Next(ArrowField field)
    {
        long length = batch.NextLength();
        if (field.Dictionary is { } number)
        {
            ArrowBuffer? there = Validity();
            ArrowBuffer places = batch.NextBuffer();
            return new DictionaryColumn(
                length,
                there,
                places,
                field.IndexWidth is 1 or 2 or 4 or 8 ? field.IndexWidth : throw Unknown(field),
                dictionaries.TryGetValue(number, out List<ArrowColumn>? known)
                    ? known
                    : throw new InvalidDataException("a dictionary is missing")
            );
        }
        if (field.Type == ArrowType.Null)
            return new NullColumn(length);
        if (field.Type is ArrowType.Union or ArrowType.RunEnds)
            throw Unknown(field);
        ArrowBuffer? validity = Validity();
        return field.Type switch
        {
            ArrowType.Bool => new BitColumn(length, validity, batch.NextBuffer()),
            ArrowType.Text or ArrowType.LargeText => Bytes(field, length, validity, Cells.Text),
            ArrowType.Binary or ArrowType.LargeBinary => Bytes(field, length, validity, Cells.Bytes),
            ArrowType.TextView => View(length, validity, Cells.Text),
            ArrowType.BinaryView => View(length, validity, Cells.Bytes),
            ArrowType.List or ArrowType.LargeList or ArrowType.ListView or ArrowType.LargeListView => List(
                field,
                length,
                validity
            ),
            ArrowType.FixedList => new ListColumn(
                length,
                validity,
                new EqualOffsets(Positive(field.Details?.Int32(0))),
                Next(Only(field))
            ),
            ArrowType.Map => Map(field, length, validity),
            ArrowType.Struct => Struct(field, length, validity),
            _ => Fixed(field, length, validity),
        };
    }

    private ArrowBuffer? Validity() => batch.NextBuffer() is { Length: > 0 } bits ? bits : null;

    private BytesColumn Bytes(ArrowField field, long length, ArrowBuffer? validity, CellWriter write)
    {
        ArrowBuffer offsets = batch.NextBuffer();
        bool isLarge = field.Type is ArrowType.LargeText or ArrowType.LargeBinary;
        return new BytesColumn(length, validity, new RunningOffsets(offsets, isLarge), batch.NextBuffer(), write);
    }

    private ViewColumn View(long length, ArrowBuffer? validity, CellWriter write)
    {
        ArrowBuffer views = batch.NextBuffer();
        var beside = new ArrowBuffer[batch.NextVariadic()];
        for (int i = 0; i < beside.Length; i++)
            beside[i] = batch.NextBuffer();
        return new ViewColumn(length, validity, views, beside, write);
    }

    private ListColumn List(ArrowField field, long length, ArrowBuffer? validity)
    {
        ArrowBuffer offsets = batch.NextBuffer();
        bool isLarge = field.Type is ArrowType.LargeList or ArrowType.LargeListView;
        ArrowOffsets places = field.Type is ArrowType.List or ArrowType.LargeList
            ? new RunningOffsets(offsets, isLarge)
            : new SizedOffsets(offsets, batch.NextBuffer(), isLarge);
        return new ListColumn(length, validity, places, Next(Only(field)));
    }

    private MapColumn Map(ArrowField field, long length, ArrowBuffer? validity)
    {
        var offsets = new RunningOffsets(batch.NextBuffer(), isLarge: false);
        ArrowField entry = Only(field);
        if (entry.Type != ArrowType.Struct || entry.Children.Count != 2)
            throw new InvalidDataException("a map is not made of keys and values");
        batch.NextLength();
        batch.NextBuffer();
        ArrowColumn keys = Next(entry.Children[0]);
        return new MapColumn(length, validity, offsets, keys, Next(entry.Children[1]));
    }

    private StructColumn Struct(ArrowField field, long length, ArrowBuffer? validity)
    {
        var fields = new ArrowColumn[field.Children.Count];
        for (int i = 0; i < fields.Length; i++)
            fields[i] = Next(field.Children[i]);
        return new StructColumn(length, validity, [.. field.Children.Select(c => c.Name)], fields);
    }

    private FixedColumn Fixed(ArrowField field, long length, ArrowBuffer? validity)
    {
        (int width, CellWriter write) = Writer(field);
        return new FixedColumn(length, validity, batch.NextBuffer(), width, write);
    }

    private static (int Width, CellWriter Write) Writer(ArrowField field)
    {
        FlatTable type = field.Details ?? throw Unknown(field);
        int unit = type.Int16(0, field.Type is ArrowType.Date or ArrowType.Time or ArrowType.Duration ? 1 : 0);
        switch (field.Type)
        {
            case ArrowType.Int:
                return Integer(field, type.Int32(0), type.Byte(1) != 0);
            case ArrowType.Float:
                return unit switch
                {
                    0 => (2, (to, v) => Cells.Float(to, (float)BinaryPrimitives.ReadHalfLittleEndian(v))),
                    1 => (4, (to, v) => Cells.Float(to, BinaryPrimitives.ReadSingleLittleEndian(v))),
                    2 => (8, (to, v) => Cells.Float(to, BinaryPrimitives.ReadDoubleLittleEndian(v))),
                    _ => throw Unknown(field),
                };
            case ArrowType.Decimal:
                int scale = type.Int32(1);
                int bits = type.Int32(2, 128);
                return bits is 32 or 64 or 128 or 256 && scale is >= -1000 and <= 1000
                    ? (bits / 8, (to, v) => Cells.Decimal(to, new BigInteger(v), scale))
                    : throw Unknown(field);
            case ArrowType.Date:
                return unit == 0
                    ? (4, (to, v) => Cells.Date(to, BinaryPrimitives.ReadInt32LittleEndian(v)))
                    : (8, (to, v) => Cells.Date(to, BinaryPrimitives.ReadInt64LittleEndian(v) / 86_400_000));
            case ArrowType.Time when Unit(unit, field) is var perSecond:
                return type.Int32(1, 32) == 32
                    ? (4, (to, v) => Cells.Time(to, BinaryPrimitives.ReadInt32LittleEndian(v), perSecond))
                    : (8, (to, v) => Cells.Time(to, BinaryPrimitives.ReadInt64LittleEndian(v), perSecond));
            case ArrowType.Timestamp when Unit(unit, field) is var perSecond:
                bool isUtc = type.Has(1);
                return (8, (to, v) => Cells.Timestamp(to, BinaryPrimitives.ReadInt64LittleEndian(v), perSecond, isUtc));
            case ArrowType.Duration:
                return (8, (to, v) => to.WriteNumberValue(BinaryPrimitives.ReadInt64LittleEndian(v)));
            case ArrowType.FixedBinary:
                return (Positive(type.Int32(0)), Cells.Bytes);
            default:
                throw Unknown(field);
        }
    }

    private static (int, CellWriter) Integer(ArrowField field, int bits, bool isSigned) =>
        (bits, isSigned) switch
        {
            (8, true) => (1, (to, v) => to.WriteNumberValue((sbyte)v[0])),
            (8, false) => (1, (to, v) => to.WriteNumberValue((uint)v[0])),
            (16, true) => (2, (to, v) => to.WriteNumberValue(BinaryPrimitives.ReadInt16LittleEndian(v))),
            (16, false) => (2, (to, v) => to.WriteNumberValue((uint)BinaryPrimitives.ReadUInt16LittleEndian(v))),
            (32, true) => (4, (to, v) => to.WriteNumberValue(BinaryPrimitives.ReadInt32LittleEndian(v))),
            (32, false) => (4, (to, v) => to.WriteNumberValue(BinaryPrimitives.ReadUInt32LittleEndian(v))),
            (64, true) => (8, (to, v) => to.WriteNumberValue(BinaryPrimitives.ReadInt64LittleEndian(v))),
            (64, false) => (8, (to, v) => to.WriteNumberValue(BinaryPrimitives.ReadUInt64LittleEndian(v))),
            _ => throw Unknown(field),
        };

    private static long Unit(int unit, ArrowField field) =>
        unit >= 0 && unit < PerSecond.Length ? PerSecond[unit] : throw Unknown(field);

    private static int Positive(int? size) =>
        size is >= 0 ? (int)size : throw new InvalidDataException("a column does not say how long its values are");

    private static ArrowField Only(ArrowField field) =>
        field.Children.Count == 1 ? field.Children[0] : throw new InvalidDataException("a list does not say what is in it");

    private static TableRefusal Unknown(ArrowField field) =>
        new(
            $"has a column {field.Name} of the type {field.Type}, which Simper does not read; take it out, or write the table as "
                + "Parquet"
        );
}
