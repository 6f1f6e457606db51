using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// The layout of a file: that of most rows of a sample from its beginning. A row alone would mislead: a cell of it may be empty,
/// and an empty cell is a missing column.
/// </summary>
internal sealed class FileLayout
{
    private readonly RowLayout _layout;
    private readonly string _place; // the first row that has it
    private readonly IReadOnlyList<RowLayout> _all;
    private readonly DatasetOptions _options;
    private readonly FileColumns _columns;

    private FileLayout(
        RowLayout layout,
        (JsonObject Row, string Place) first,
        IReadOnlyList<RowLayout> all,
        DatasetOptions options,
        FileColumns columns
    )
    {
        (_layout, _place, _all, _options, _columns) = (layout, first.Place, all, options, columns);
        Name = layout.NameIn(first.Row);
    }

    /// <summary>Its name, with the columns that the file has.</summary>
    public string Name { get; }

    /// <summary>Recognises the layout of a file.</summary>
    /// <param name="rows">The first rows, at least one.</param>
    /// <param name="file">Their file.</param>
    /// <param name="options">How they are read.</param>
    /// <exception cref="SimperException">No row is JSON, or none has a layout, or columns are renamed that are not
    /// there.</exception>
    public static FileLayout Of(IReadOnlyList<RowReader.RawRow> rows, string file, DatasetOptions options)
    {
        IReadOnlyList<RowLayout> all = RowLayouts.In(options.Compatibility, options.Columns);
        FileColumns columns = FileColumns.Of(rows, file, options, out List<(JsonObject Row, string Place)> sample);
        var votes = new OrderedDictionary<RowLayout, (int Count, JsonObject Row, string Place)>(
            ReferenceEqualityComparer.Instance
        );
        foreach ((JsonObject row, string place) in sample)
        {
            if (Own(row, place, all) is { } own)
                votes[own] = votes.TryGetValue(own, out var seen) ? seen with { Count = seen.Count + 1 } : (1, row, place);
        }
        if (votes.Count == 0)
            throw LayoutRefusal.Of(sample, all, options.Columns);
        // of equal numbers the one that came first
        (RowLayout layout, (_, JsonObject first, string at)) = votes.MaxBy(v => v.Value.Count);
        return new FileLayout(layout, (first, at), all, options, columns);
    }

    /// <summary>Reads a row.</summary>
    /// <param name="row">The row as it is in the file; it is changed.</param>
    /// <param name="number">Its number.</param>
    /// <param name="place">Its file and line.</param>
    /// <param name="made">What is made of its group, and of the row with a record of the columns that were read.</param>
    /// <exception cref="SimperException">It is of another layout or of none, or a column is not what it should be.</exception>
    public T Read<T>(JsonObject row, int number, string place, Func<PreferenceGroup, Row, T> made)
    {
        try
        {
            _columns.Read(row);
            if (!_layout.Fits(row))
                throw Differs(row, place);
            bool hadNullKeys = NullPadding.Remove(row);
            var reading = new Row(row, number, place, _options);
            PreferenceGroup group = _layout.Group(reading) with
            {
                TemplateVariables = TemplateArguments.OfRow(row, place),
                HadNullKeys = hadNullKeys,
            };
            return made(group, reading);
        }
        catch (InvalidOperationException e)
        {
            throw RowFaults.HalfCharacter(row, place, e);
        }
    }

    /// <summary>Whether a row with the columns' names of layouts is of another layout, and not merely wrong.</summary>
    public bool IsAnother(JsonObject row) => !_layout.Fits(row) && _all.Any(l => l.Fits(row));

    private static RowLayout? Own(JsonObject row, string place, IReadOnlyList<RowLayout> all)
    {
        try
        {
            return all.FirstOrDefault(l => l.Fits(row));
        }
        catch (InvalidOperationException e)
        {
            throw RowFaults.HalfCharacter(row, place, e);
        }
    }

    private SimperException Differs(JsonObject row, string place)
    {
        if (Own(row, place, _all) is { } own)
            return Another(own, row, place);
        string[] missing =
        [
            .. _layout.Needs.Where(n => n.All(c => row[c] is null)).Select(n => Array.Find(n, row.ContainsKey) ?? n[0]),
        ];
        if (missing.Length == 0)
            return LayoutRefusal.Of([(row, place)], _all, _options.Columns);
        if (Array.TrueForAll(missing, row.ContainsKey))
            return RowFaults.Empty(place, missing);
        string names = string.Join("\" and \"", missing);
        return new SimperException(
            $"{place}: \"{names}\" {(missing.Length > 1 ? "are" : "is")} missing, which {_place} has (layout {Name}); fill "
                + "the row, or take it out."
        );
    }

    private SimperException Another(RowLayout own, JsonObject row, string place)
    {
        if (own.IsUnpaired == _layout.IsUnpaired || own.Kind != _layout.Kind)
            return new SimperException(
                $"{place}: this row is of the layout {own.NameIn(row)}, but {_place} is of {Name}; one file has one layout."
            );
        (string with, string without) = own.IsUnpaired ? (place, _place) : (_place, place);
        return new SimperException(
            $"{without}: this row has no label (label or kto_tag is missing or null), but {with} has one; give every row "
                + "a label, or none."
        );
    }
}
