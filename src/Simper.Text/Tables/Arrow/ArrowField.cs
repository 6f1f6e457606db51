using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Simper.Text.Tables.Arrow;

/// <summary>A field of the schema.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Arrow's number of its type.</param>
/// <param name="Details">What the type says besides.</param>
/// <param name="Children">The fields in it.</param>
/// <param name="Dictionary">The number of the dictionary in which its values are; null where they stand here.</param>
/// <param name="IndexWidth">Bytes of a place in the dictionary.</param>
internal sealed record ArrowField(
    JsonEncodedText Name,
    ArrowType Type,
    FlatTable? Details,
    IReadOnlyList<ArrowField> Children,
    long? Dictionary,
    int IndexWidth
)
{
    private const int Deepest = 100;
    private const int Most = 10_000;

    /// <summary>The fields of a schema.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="TableRefusal">It is not read.</exception>
    public static ArrowField[] Of(FlatTable schema)
    {
        if (schema.Int16(0) != 0)
            throw new TableRefusal("has big-endian numbers, which Simper does not read");
        int count = 0;
        return Fields(schema.Tables(1), 0, ref count);
    }

    /// <summary>The same field as its dictionary has it: with its values.</summary>
    public ArrowField Values => this with { Dictionary = null };

    private static ArrowField[] Fields(FlatTable[] tables, int depth, ref int count)
    {
        if (depth > Deepest || (count += tables.Length) > Most)
            throw new TableRefusal(
                $"is nested deeper than {Deepest} levels or has more than {Most} fields, which Simper does not read"
            );
        var fields = new ArrowField[tables.Length];
        for (int i = 0; i < fields.Length; i++)
        {
            FlatTable table = tables[i];
            FlatTable? dictionary = table.Table(4);
            fields[i] = new ArrowField(
                Named(table.Text(0)),
                (ArrowType)table.Byte(2),
                table.Table(3),
                Fields(table.Tables(5), depth + 1, ref count),
                dictionary?.Int64(0),
                (dictionary?.Table(1)?.Int32(0) ?? 32) / 8
            );
        }
        Cells.ExpectDistinct(fields.Select(f => f.Name));
        return fields;
    }

    private static JsonEncodedText Named(ReadOnlySpan<byte> name) =>
        Utf8.IsValid(name)
            ? Cells.Name(Encoding.UTF8.GetString(name))
            : throw new InvalidDataException("the name of a column is not valid UTF-8");
}

/// <summary>Arrow's types, with its numbers.</summary>
internal enum ArrowType
{
    None,
    Null,
    Int,
    Float,
    Binary,
    Text,
    Bool,
    Decimal,
    Date,
    Time,
    Timestamp,
    Interval,
    List,
    Struct,
    Union,
    FixedBinary,
    FixedList,
    Map,
    Duration,
    LargeBinary,
    LargeText,
    LargeList,
    RunEnds,
    BinaryView,
    TextView,
    ListView,
    LargeListView,
}
