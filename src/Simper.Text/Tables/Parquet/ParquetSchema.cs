using System.Text.Json;

namespace Simper.Text.Tables.Parquet;

/// <summary>
/// The schema of a file: a flat list of fields, each followed by those in it, as a tree of what becomes objects, lists and
/// values. Lists and maps are known in all forms that the specification has writers use.
/// </summary>
internal sealed class ParquetSchema
{
    private const int Deepest = 100;
    private const int MostLeaves = 10_000;

    private readonly IReadOnlyList<ThriftStruct> _elements;
    private readonly List<ParquetLeaf> _leaves = [];
    private int _next;

    private ParquetSchema(IReadOnlyList<ThriftStruct> elements) => _elements = elements;

    /// <summary>The columns of a row.</summary>
    public IReadOnlyList<ParquetNode> Columns { get; private set; } = [];

    /// <summary>All columns of plain values, in the order in which row groups have them.</summary>
    public IReadOnlyList<ParquetLeaf> Leaves => _leaves;

    /// <exception cref="InvalidDataException">It is no valid schema.</exception>
    public static ParquetSchema Of(IReadOnlyList<ThriftStruct> elements)
    {
        var schema = new ParquetSchema(elements);
        ThriftStruct root = schema.Take();
        schema.Columns = schema.Fields(root, 0, 0, 0);
        return schema._next == elements.Count ? schema : throw Wrong();
    }

    private ParquetNode[] Fields(ThriftStruct group, int definition, int repetition, int depth)
    {
        int count = (int)group.Count(5, "number of fields", _elements.Count);
        var fields = new ParquetNode[count];
        for (int i = 0; i < count; i++)
            fields[i] = Field(definition, repetition, depth + 1);
        Cells.ExpectDistinct(fields.Select(f => f.Name));
        return fields;
    }

    private ParquetNode Field(int definition, int repetition, int depth)
    {
        if (depth > Deepest)
            throw new TableRefusal(
                $"is nested deeper than {Deepest} levels, which Simper does not read; take the column that is out"
            );
        ThriftStruct element = Take();
        switch (element.Number(3))
        {
            case 0:
                return Content(element, definition, repetition, depth);
            case 1:
                return Content(element, definition + 1, repetition, depth);
            case 2: // a list without a group around it, as Protocol Buffers has it
                ParquetNode item = Content(element, definition + 1, repetition + 1, depth);
                return new ParquetList(item.Name, definition, definition + 1, repetition + 1, item);
            default:
                throw Wrong();
        }
    }

    // A field that is there.
    private ParquetNode Content(ThriftStruct element, int definition, int repetition, int depth)
    {
        JsonEncodedText name = Name(element);
        int first = _leaves.Count;
        if (element.Number(5) is null or 0)
        {
            PhysicalType type = PhysicalType.Of(element.Number(1), element.Number(2));
            var leaf = new ParquetLeaf(name, definition, first, repetition, type, ParquetTypes.Of(element, type));
            _leaves.Add(
                _leaves.Count < MostLeaves
                    ? leaf
                    : throw new TableRefusal($"has more than {MostLeaves:N0} columns, which Simper does not read")
            );
            return leaf;
        }
        bool hasOneList = element.Number(5) == 1 && _next < _elements.Count && _elements[_next].Number(3) == 2;
        if (hasOneList && IsList(element))
        {
            ThriftStruct middle = Take();
            ParquetNode item = IsItem(middle, element)
                ? Content(middle, definition + 1, repetition + 1, depth + 1)
                : Field(definition + 1, repetition + 1, depth + 2);
            return new ParquetList(name, definition, definition + 1, repetition + 1, item);
        }
        if (hasOneList && IsMap(element) && _elements[_next].Number(5) == 2)
        {
            Take();
            ParquetNode key = Field(definition + 1, repetition + 1, depth + 2);
            ParquetNode value = Field(definition + 1, repetition + 1, depth + 2);
            return new ParquetMap(name, definition, definition + 1, repetition + 1, key, value);
        }
        ParquetNode[] fields = Fields(element, definition, repetition, depth);
        return new ParquetStruct(name, definition, first, _leaves.Count - first, fields);
    }

    // Whether the repeated field in a list is the item itself, instead of a group around it: the rules of the specification.
    private static bool IsItem(ThriftStruct middle, ThriftStruct list) =>
        middle.Number(5) is null or not 1 || middle.Text(4) is var name && (name == "array" || name == list.Text(4) + "_tuple");

    private static bool IsList(ThriftStruct element) => element.Number(6) == 3 || element.Struct(10)?.Has(3) == true;

    private static bool IsMap(ThriftStruct element) => element.Number(6) is 1 or 2 || element.Struct(10)?.Has(2) == true;

    private static JsonEncodedText Name(ThriftStruct element) =>
        Cells.Name(element.Text(4) ?? throw new InvalidDataException("the name of a column is not valid UTF-8"));

    private ThriftStruct Take() => _next < _elements.Count ? _elements[_next++] : throw Wrong();

    private static InvalidDataException Wrong() => new("its schema is not valid");
}
