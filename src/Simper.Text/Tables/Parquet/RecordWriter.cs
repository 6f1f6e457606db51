using System.Text.Json;

namespace Simper.Text.Tables.Parquet;

/// <summary>
/// Puts rows together from the columns of a row group (the record assembly of Dremel): each value comes with the level down to
/// which it is there, and the level of lists at which it begins.
/// </summary>
/// <param name="columns">The columns of a row.</param>
/// <param name="cursors">The columns of plain values.</param>
internal sealed class RecordWriter(IReadOnlyList<ParquetNode> columns, LeafCursor[] cursors)
{
    private readonly MapKey _key = new();

    /// <summary>The column that is being read, for messages.</summary>
    public string Column { get; private set; } = "";

    /// <summary>Goes to the first row.</summary>
    public void Begin()
    {
        foreach (ParquetNode column in columns)
        {
            Column = column.Name.ToString();
            for (int i = column.FirstLeaf; i < column.FirstLeaf + column.Leaves; i++)
                cursors[i].Advance();
        }
    }

    /// <summary>Writes the next row.</summary>
    /// <exception cref="InvalidDataException">The columns are damaged.</exception>
    public void Row(Utf8JsonWriter to)
    {
        to.WriteStartObject();
        foreach (ParquetNode column in columns)
        {
            Column = column.Name.ToString();
            for (int i = column.FirstLeaf; i < column.FirstLeaf + column.Leaves; i++)
            {
                if (cursors[i].Repetition != 0)
                    throw Apart();
            }
            to.WritePropertyName(column.Name);
            Write(to, column);
        }
        to.WriteEndObject();
    }

    /// <summary>Checks that all rows were taken.</summary>
    /// <exception cref="InvalidDataException">A column has more.</exception>
    public void End()
    {
        if (Array.Exists(cursors, c => c.Repetition >= 0))
            throw new InvalidDataException("a column has more values than there are rows");
    }

    private void Write(Utf8JsonWriter to, ParquetNode node)
    {
        LeafCursor first = cursors[node.FirstLeaf];
        if (first.Repetition < 0)
            throw Apart();
        if (first.Definition < node.Definition)
        {
            to.WriteNullValue();
            Skip(node, node.Definition);
            return;
        }
        switch (node)
        {
            case ParquetLeaf leaf:
                leaf.Write(to, first.Value());
                first.Advance();
                break;
            case ParquetStruct group:
                to.WriteStartObject();
                foreach (ParquetNode field in group.Fields)
                {
                    to.WritePropertyName(field.Name);
                    Write(to, field);
                }
                to.WriteEndObject();
                break;
            case ParquetList list:
                to.WriteStartArray();
                if (first.Definition < list.ItemDefinition)
                    Skip(list, list.ItemDefinition);
                else
                    do
                    {
                        Cells.ExpectRoom(to);
                        Write(to, list.Item);
                    } while (first.Repetition == list.Repetition);
                to.WriteEndArray();
                break;
            case ParquetMap map:
                WriteMap(to, map, first);
                break;
        }
    }

    private void WriteMap(Utf8JsonWriter to, ParquetMap map, LeafCursor first)
    {
        to.WriteStartObject();
        if (first.Definition < map.ItemDefinition)
            Skip(map, map.ItemDefinition);
        else
            do
            {
                Cells.ExpectRoom(to);
                _key.Write(to, json => Write(json, map.Key));
                Write(to, map.Value);
            } while (first.Repetition == map.Repetition);
        to.WriteEndObject();
    }

    // What is not there has one entry in each of its columns, and a value in none.
    private void Skip(ParquetNode node, int definition)
    {
        for (int i = node.FirstLeaf; i < node.FirstLeaf + node.Leaves; i++)
        {
            if (cursors[i].Definition is var own && (own < 0 || own >= definition))
                throw Apart();
            cursors[i].Advance();
        }
    }

    private static InvalidDataException Apart() => new("its columns do not belong together");
}
