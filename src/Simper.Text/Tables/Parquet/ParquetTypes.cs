using System.Buffers.Binary;
using System.Numerics;

namespace Simper.Text.Tables.Parquet;

/// <summary>What the values of a column mean: the logical type of the schema, or the older converted one.</summary>
internal static class ParquetTypes
{
    private const long Millis = 1_000;
    private const long Micros = 1_000_000;
    private const long Nanos = 1_000_000_000;
    private const int JulianDayOf1970 = 2_440_588;
    private const int LongestScale = 1_000;

    /// <summary>What writes values of a column.</summary>
    /// <param name="element">The column in the schema.</param>
    /// <param name="type">How it is stored.</param>
    public static CellWriter Of(ThriftStruct element, PhysicalType type)
    {
        ThriftStruct? logical = element.Struct(10);
        long? converted = element.Number(6);
        return type.Kind switch
        {
            0 => (to, v) => to.WriteBooleanValue(v[0] != 0),
            1 or 2 => OfInteger(element, logical, converted),
            3 => (to, v) => Cells.Timestamp(to, OldTimestamp(v), Nanos, isUtc: false),
            4 => (to, v) => Cells.Float(to, BinaryPrimitives.ReadSingleLittleEndian(v)),
            5 => (to, v) => Cells.Float(to, BinaryPrimitives.ReadDoubleLittleEndian(v)),
            _ => OfBytes(element, logical, converted, type),
        };
    }

    private static CellWriter OfInteger(ThriftStruct element, ThriftStruct? logical, long? converted)
    {
        if (logical?.Has(6) == true || converted == 6)
            return (to, v) => Cells.Date(to, Number(v));
        if (logical?.Struct(7) is { } time)
            return OfTime(Unit(time));
        if (converted is 7 or 8)
            return OfTime(converted == 7 ? Millis : Micros);
        if (logical?.Struct(8) is { } stamp)
            return OfTimestamp(Unit(stamp), stamp.Flag(1) ?? false);
        if (converted is 9 or 10)
            return OfTimestamp(converted == 9 ? Millis : Micros, isUtc: true);
        if (logical?.Has(5) == true || converted == 5)
        {
            int scale = Scale(element, logical);
            return (to, v) => Cells.Decimal(to, Number(v), scale);
        }
        bool isUnsigned = logical?.Struct(10)?.Flag(2) == false || converted is >= 11 and <= 14;
        return isUnsigned
            ? (to, v) =>
                to.WriteNumberValue(
                    v.Length == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(v) : BinaryPrimitives.ReadUInt64LittleEndian(v)
                )
            : (to, v) => to.WriteNumberValue(Number(v));
    }

    private static CellWriter OfBytes(ThriftStruct element, ThriftStruct? logical, long? converted, PhysicalType type)
    {
        if (logical?.Has(5) == true || converted == 5)
        {
            int scale = Scale(element, logical);
            return (to, v) => Cells.Decimal(to, new BigInteger(v, isUnsigned: false, isBigEndian: true), scale);
        }
        if (logical?.Has(14) == true && type.Width == 16)
            return Cells.Uuid;
        if (logical?.Has(15) == true && type.Width == 2)
            return (to, v) => Cells.Float(to, (float)BinaryPrimitives.ReadHalfLittleEndian(v));
        bool isText = logical?.Has(1) == true || logical?.Has(4) == true || logical?.Has(12) == true || converted is 0 or 4 or 19;
        return isText ? Cells.Text : Cells.Bytes;
    }

    private static CellWriter OfTime(long perSecond) => (to, v) => Cells.Time(to, Number(v), perSecond);

    private static CellWriter OfTimestamp(long perSecond, bool isUtc) =>
        (to, v) => Cells.Timestamp(to, Number(v), perSecond, isUtc);

    private static long Number(ReadOnlySpan<byte> value) =>
        value.Length == 4 ? BinaryPrimitives.ReadInt32LittleEndian(value) : BinaryPrimitives.ReadInt64LittleEndian(value);

    private static long Unit(ThriftStruct time) =>
        time.Struct(2) is not { } unit ? Millis
        : unit.Has(3) ? Nanos
        : unit.Has(2) ? Micros
        : Millis;

    private static int Scale(ThriftStruct element, ThriftStruct? logical) =>
        (logical?.Struct(5)?.Number(1) ?? element.Number(7) ?? 0) is >= 0 and <= LongestScale and var scale
            ? (int)scale
            : throw new InvalidDataException("the scale of a decimal column is not valid");

    // Twelve bytes, as Impala and older Spark write it: nanoseconds of the day, and the Julian day.
    private static long OldTimestamp(ReadOnlySpan<byte> value) =>
        unchecked(
            (BinaryPrimitives.ReadInt32LittleEndian(value[8..]) - JulianDayOf1970) * (86_400 * Nanos)
            + BinaryPrimitives.ReadInt64LittleEndian(value)
        );
}
