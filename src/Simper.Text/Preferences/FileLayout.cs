using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>The layout of a file: that of most rows of a sample from its beginning.</summary>
/// <param name="Layout">The layout.</param>
/// <param name="Name">Its name, with the columns that the file has.</param>
/// <param name="Place">The first row that has it.</param>
internal sealed record FileLayout(RowLayout Layout, string Name, string Place)
{
    private const int Sample = 200;

    /// <summary>
    /// Recognises it. A row alone would mislead: a cell of it may be empty, and an empty cell is a missing column.
    /// </summary>
    /// <param name="rows">The first rows, at least one.</param>
    /// <param name="file">Their file.</param>
    /// <param name="mode">Whose layouts.</param>
    /// <exception cref="SimperException">No row is JSON, or none has a layout.</exception>
    public static FileLayout Of(IReadOnlyList<RowReader.RawRow> rows, string file, Compatibility mode)
    {
        var votes = new OrderedDictionary<RowLayout, (int Count, JsonObject Row, string Place)>(
            ReferenceEqualityComparer.Instance
        );
        SimperException? fault = null;
        foreach (RowReader.RawRow raw in rows.Take(Sample))
        {
            string place = RowReader.Place(file, raw.Row, raw.Unit);
            JsonObject? row = null;
            try
            {
                row = RowJson.Parse(raw.Utf8, place);
                if (RowLayouts.Of(row, mode) is { } own)
                    votes[own] = votes.TryGetValue(own, out var seen) ? seen with { Count = seen.Count + 1 } : (1, row, place);
                else
                    fault ??= LayoutRefusal.Of(row, place);
            }
            // These are reported again, in their order, when all rows are read.
            catch (SimperException e)
            {
                fault ??= e;
            }
            catch (InvalidOperationException e)
            {
                fault ??= RowFaults.HalfCharacter(row!, place, e);
            }
        }
        if (votes.Count == 0)
            throw fault!;
        // of equal numbers the one that came first
        (RowLayout layout, (_, JsonObject first, string at)) = votes.MaxBy(v => v.Value.Count);
        return new FileLayout(layout, layout.NameIn(first), at);
    }

    /// <summary>Refuses a row that is of another layout, or of none.</summary>
    /// <exception cref="SimperException">It is.</exception>
    public void Expect(JsonObject row, string place, Compatibility mode)
    {
        if (Layout.Fits(row))
            return;
        throw RowLayouts.Of(row, mode) is { } own ? Another(own, row, place) : LayoutRefusal.Of(row, place);
    }

    private SimperException Another(RowLayout own, JsonObject row, string place)
    {
        if (own.IsUnpaired == Layout.IsUnpaired || own.Kind != Layout.Kind)
            return new SimperException(
                $"{place}: this row is of the layout {own.NameIn(row)}, but {Place} is of {Name}; one file has one layout."
            );
        (string with, string without) = own.IsUnpaired ? (place, Place) : (Place, place);
        return new SimperException(
            $"{without}: this row has no label (label or kto_tag is missing or null), but {with} has one; give every row "
                + "a label, or none."
        );
    }
}
