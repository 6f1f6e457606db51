using System.Text.Json;

namespace Simper.Text.Tables.Parquet;

/// <summary>A field of the schema: what JSON it becomes.</summary>
/// <param name="Name">Its name in its object.</param>
/// <param name="Definition">The definition level from which on it is there; below it is null.</param>
/// <param name="FirstLeaf">The first of the columns of plain values that it consists of.</param>
/// <param name="Leaves">How many they are, one behind the other.</param>
internal abstract record ParquetNode(JsonEncodedText Name, int Definition, int FirstLeaf, int Leaves);

/// <summary>
/// A column of plain values: its greatest repetition level, that is in how many lists it is, how its values are stored, and what
/// writes one.
/// </summary>
internal sealed record ParquetLeaf(
    JsonEncodedText Name,
    int Definition,
    int FirstLeaf,
    int Repetition,
    PhysicalType Type,
    CellWriter Write
) : ParquetNode(Name, Definition, FirstLeaf, 1);

/// <summary>An object.</summary>
internal sealed record ParquetStruct(
    JsonEncodedText Name,
    int Definition,
    int FirstLeaf,
    int Leaves,
    IReadOnlyList<ParquetNode> Fields
) : ParquetNode(Name, Definition, FirstLeaf, Leaves);

/// <summary>
/// A list: the definition level from which on there is an item (below it the list is empty), and the repetition level of an item
/// that is not the first.
/// </summary>
internal sealed record ParquetList(JsonEncodedText Name, int Definition, int ItemDefinition, int Repetition, ParquetNode Item)
    : ParquetNode(Name, Definition, Item.FirstLeaf, Item.Leaves);

/// <summary>A map, which becomes an object; its levels are those of a list of entries.</summary>
internal sealed record ParquetMap(
    JsonEncodedText Name,
    int Definition,
    int ItemDefinition,
    int Repetition,
    ParquetNode Key,
    ParquetNode Value
) : ParquetNode(Name, Definition, Key.FirstLeaf, Key.Leaves + Value.Leaves);
