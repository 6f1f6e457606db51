using System.Text.Json;

namespace Simper.Text.Tables.Arrow;

/// <summary>
/// A column of a batch, or of the lists and structures in one, whose values are written as JSON by their place.
/// </summary>
/// <param name="length">Number of its values.</param>
/// <param name="validity">A bit for each value that is there; null where all are.</param>
internal abstract class ArrowColumn(long length, ArrowBuffer? validity)
{
    /// <summary>Number of its values.</summary>
    public long Length => length;

    /// <summary>Writes a value.</summary>
    /// <exception cref="InvalidDataException">There is none at that place.</exception>
    public void Write(Utf8JsonWriter to, long at)
    {
        if (at < 0 || at >= length)
            throw new InvalidDataException("a value lies outside of its column");
        if (validity is not null && !validity.Bit(at))
            to.WriteNullValue();
        else
            WriteValue(to, at);
    }

    /// <summary>Writes a value that is not null.</summary>
    protected abstract void WriteValue(Utf8JsonWriter to, long at);
}

/// <summary>Nothing but nulls.</summary>
internal sealed class NullColumn(long length) : ArrowColumn(length, null)
{
    protected override void WriteValue(Utf8JsonWriter to, long at) => to.WriteNullValue();
}

/// <summary>Truth values.</summary>
internal sealed class BitColumn(long length, ArrowBuffer? validity, ArrowBuffer bits) : ArrowColumn(length, validity)
{
    protected override void WriteValue(Utf8JsonWriter to, long at) => to.WriteBooleanValue(bits.Bit(at));
}

/// <summary>Values of equal length.</summary>
internal sealed class FixedColumn(long length, ArrowBuffer? validity, ArrowBuffer values, int width, CellWriter write)
    : ArrowColumn(length, validity)
{
    protected override void WriteValue(Utf8JsonWriter to, long at) => write(to, values.Slice(at * width, width));
}

/// <summary>Texts or bytes of any length.</summary>
internal sealed class BytesColumn(long length, ArrowBuffer? validity, ArrowOffsets offsets, ArrowBuffer bytes, CellWriter write)
    : ArrowColumn(length, validity)
{
    protected override void WriteValue(Utf8JsonWriter to, long at)
    {
        (long start, long end) = offsets.Of(at);
        write(to, bytes.Slice(start, end - start));
    }
}

/// <summary>Texts or bytes, of which the short ones stand in their place, and the others in buffers beside.</summary>
internal sealed class ViewColumn(long length, ArrowBuffer? validity, ArrowBuffer views, ArrowBuffer[] beside, CellWriter write)
    : ArrowColumn(length, validity)
{
    private const int Width = 16;
    private const int LongestInside = 12;

    protected override void WriteValue(Utf8JsonWriter to, long at)
    {
        int size = views.Int32(at * 4);
        if (size is >= 0 and <= LongestInside)
        {
            write(to, views.Slice(at * Width + 4, size));
            return;
        }
        int buffer = views.Int32(at * 4 + 2);
        if (buffer < 0 || buffer >= beside.Length)
            throw new InvalidDataException("a value lies outside of its column");
        write(to, beside[buffer].Slice(views.Int32(at * 4 + 3), size));
    }
}

/// <summary>Lists.</summary>
internal sealed class ListColumn(long length, ArrowBuffer? validity, ArrowOffsets offsets, ArrowColumn items)
    : ArrowColumn(length, validity)
{
    protected override void WriteValue(Utf8JsonWriter to, long at)
    {
        (long start, long end) = offsets.Of(at);
        to.WriteStartArray();
        for (long i = start; i < end; i++)
        {
            Cells.ExpectRoom(to);
            items.Write(to, i);
        }
        to.WriteEndArray();
    }
}

/// <summary>Maps, which become objects.</summary>
internal sealed class MapColumn(long length, ArrowBuffer? validity, ArrowOffsets offsets, ArrowColumn keys, ArrowColumn values)
    : ArrowColumn(length, validity)
{
    private readonly MapKey _key = new();

    protected override void WriteValue(Utf8JsonWriter to, long at)
    {
        (long start, long end) = offsets.Of(at);
        to.WriteStartObject();
        for (long i = start; i < end; i++)
        {
            Cells.ExpectRoom(to);
            long entry = i;
            _key.Write(to, json => keys.Write(json, entry));
            values.Write(to, i);
        }
        to.WriteEndObject();
    }
}

/// <summary>Structures, which become objects.</summary>
internal sealed class StructColumn(long length, ArrowBuffer? validity, JsonEncodedText[] names, ArrowColumn[] fields)
    : ArrowColumn(length, validity)
{
    protected override void WriteValue(Utf8JsonWriter to, long at)
    {
        to.WriteStartObject();
        for (int i = 0; i < fields.Length; i++)
        {
            to.WritePropertyName(names[i]);
            fields[i].Write(to, at);
        }
        to.WriteEndObject();
    }
}

/// <summary>Places in a dictionary, which may have come in several parts.</summary>
internal sealed class DictionaryColumn(
    long length,
    ArrowBuffer? validity,
    ArrowBuffer places,
    int width,
    IReadOnlyList<ArrowColumn> dictionary
) : ArrowColumn(length, validity)
{
    protected override void WriteValue(Utf8JsonWriter to, long at)
    {
        ReadOnlySpan<byte> bytes = places.Slice(at * width, width);
        long place = width switch
        {
            1 => bytes[0],
            2 => BitConverter.ToUInt16(bytes),
            4 => BitConverter.ToUInt32(bytes),
            _ => BitConverter.ToInt64(bytes),
        };
        foreach (ArrowColumn part in dictionary)
        {
            if (place < part.Length)
            {
                part.Write(to, place);
                return;
            }
            place -= part.Length;
        }
        throw new InvalidDataException("a value is not in its dictionary");
    }
}
