using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// The columns of a file as layouts have them: by their names there, and lists of messages that were stored as JSON in a text.
/// Learnt from a sample from its beginning. Immutable, thread safe.
/// </summary>
internal sealed class FileColumns
{
    private const int Sample = 200;

    private readonly ColumnMap _names;
    private readonly IReadOnlyList<string> _lists; // columns of messages in texts

    private FileColumns(ColumnMap names, IReadOnlyList<string> lists) => (_names, _lists) = (names, lists);

    /// <summary>Learns the columns of a file.</summary>
    /// <param name="rows">The first rows, at least one.</param>
    /// <param name="file">Their file.</param>
    /// <param name="options">How they are read.</param>
    /// <param name="sample">The rows it was learnt from, as they are read, with their places.</param>
    /// <exception cref="SimperException">No row is JSON, or columns are renamed that are not there.</exception>
    public static FileColumns Of(
        IReadOnlyList<RowReader.RawRow> rows,
        string file,
        DatasetOptions options,
        out List<(JsonObject Row, string Place)> sample
    )
    {
        sample = Parsed(rows.Take(Sample), file);
        options.Columns.Expect([.. sample.Select(s => s.Row)], file);
        sample.ForEach(s => options.Columns.Rename(s.Row));
        // Other programs take texts as they stand.
        IReadOnlyList<string> lists = options.Compatibility == Compatibility.Strict ? MessageTexts.In(sample) : [];
        sample.ForEach(s => MessageTexts.Read(s.Row, lists));
        return new FileColumns(options.Columns, lists);
    }

    /// <summary>Makes the columns of a row those of layouts.</summary>
    public void Read(JsonObject row)
    {
        _names.Rename(row);
        MessageTexts.Read(row, _lists);
    }

    private static List<(JsonObject Row, string Place)> Parsed(IEnumerable<RowReader.RawRow> rows, string file)
    {
        var parsed = new List<(JsonObject, string)>();
        SimperException? fault = null;
        foreach (RowReader.RawRow raw in rows)
        {
            string place = RowReader.Place(file, raw.Row, raw.Unit);
            try
            {
                parsed.Add((RowJson.Parse(raw.Utf8, place), place));
            }
            catch (SimperException e)
            {
                fault ??= e; // reported again, in its order, when all rows are read
            }
        }
        return parsed.Count > 0 ? parsed : throw fault!;
    }
}
