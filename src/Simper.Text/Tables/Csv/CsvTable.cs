using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Text.Unicode;

namespace Simper.Text.Tables.Csv;

/// <summary>
/// The rows of a table of texts (CSV, TSV, with semicolons or bars) as JSON. Its first line names the columns. An empty cell is
/// null: quoted or not, pandas writes both alike. The unnamed column of numbers that pandas puts in front is left out.
/// </summary>
internal sealed partial class CsvTable
{
    private const int LongestName = 100;
    private const int SampleBytes = 1 << 18;

    private readonly CsvRecords _records;
    private readonly (JsonEncodedText Name, CellKind Kind)?[] _columns;

    private CsvTable(CsvRecords records, Func<string, CellKind> kindOf)
    {
        _records = records;
        records.Next();
        string[] names = [.. Enumerable.Range(0, records.Count).Select(i => Decoded(records[i]).Trim())];
        if (Array.Find(names, n => n.Length > 0 && names.Count(o => o == n) > 1) is { } twice)
            throw new TableRefusal($"names two columns {twice} in its first line; give them different names");
        if (names is [var only] && !Word().IsMatch(only))
            throw new TableRefusal(
                $"has no comma, semicolon, tab or bar in its first line, \"{Short(only)}\", which has to name the columns, as "
                    + "prompt,chosen,rejected"
            );
        _columns =
        [
            .. names.Select(
                (n, i) =>
                    i == 0 && PandasIndex().IsMatch(n)
                        ? ((JsonEncodedText, CellKind)?)null
                        : (Cells.Name(Checked(n, i)), kindOf(n))
            ),
        ];
    }

    /// <summary>Whether a text reads as a table: it has records, all with equally many cells, more than one.</summary>
    /// <param name="sample">Its beginning in UTF-8.</param>
    /// <param name="isWhole">Whether it is all of it.</param>
    public static bool Is(byte[] sample, bool isWhole) =>
        CsvDialect.Of(sample, isWhole) is { Columns: > 1, IsEven: true, Records: > 1 };

    /// <summary>The rows of a file, each with the line at which it begins.</summary>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="stream">Its text in UTF-8.</param>
    /// <param name="kindOf">What the cells of a column may be.</param>
    /// <exception cref="SimperException">It is no table, or a record is not like the others.</exception>
    public static IEnumerable<(int Line, byte[] Row)> Rows(string file, Stream stream, Func<string, CellKind> kindOf)
    {
        CsvTable? table = null;
        return TableFaults.Named(Read(), () => file + (table?._records.Line is > 1 and var line ? $", line {line}," : ""));
        IEnumerable<(int, byte[])> Read()
        {
            table = Open(stream, kindOf);
            foreach ((int, byte[]) row in table.Rows())
                yield return row;
        }
    }

    private static CsvTable Open(Stream stream, Func<string, CellKind> kindOf)
    {
        var head = new byte[SampleBytes];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        int start = head.AsSpan(0, length).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        byte[] sample = head[start..length];
        CsvDialect dialect = CsvDialect.Of(sample, isWhole: length < head.Length);
        return new CsvTable(new CsvRecords(new JoinedStream(new MemoryStream(sample), stream), dialect.Delimiter), kindOf);
    }

    private IEnumerable<(int, byte[])> Rows()
    {
        using var row = new RowBuffer();
        while (_records.Next())
        {
            if (_records.Count != _columns.Length)
                throw new TableRefusal(
                    $"has {Counted(_records.Count)}, and the first line names {_columns.Length}; quote texts that contain the "
                        + "delimiter or line ends"
                );
            Utf8JsonWriter json = row.Begin();
            json.WriteStartObject();
            for (int i = 0; i < _columns.Length; i++)
            {
                if (_columns[i] is not { } column)
                    continue;
                json.WritePropertyName(column.Name);
                Write(json, _records[i], column);
            }
            json.WriteEndObject();
            yield return (_records.Line, row.End().ToArray());
        }
    }

    private static void Write(Utf8JsonWriter to, ReadOnlySpan<byte> cell, (JsonEncodedText Name, CellKind Kind) column)
    {
        if (cell.IsEmpty)
            to.WriteNullValue();
        else if (!Utf8.IsValid(cell))
            throw NotUtf8();
        else if (!TextCell.TryWrite(to, cell, column.Kind))
            to.WriteStringValue(cell);
    }

    private static string Checked(string name, int place) =>
        name.Length == 0 || name.Length > LongestName || name.AsSpan().ContainsAny('\n', '\r') || Number().IsMatch(name)
            ? throw new TableRefusal(
                $"has {(name.Length == 0 ? "nothing" : $"\"{Short(name)}\"")} in place of the name "
                    + $"of column {place + 1}; its first line has to name the columns, as prompt,chosen,rejected"
            )
            : name;

    private static string Short(string name) => name.Length > 40 ? name[..40] + "..." : name;

    private static string Decoded(ReadOnlySpan<byte> name) =>
        Utf8.IsValid(name) ? Encoding.UTF8.GetString(name) : throw NotUtf8();

    private static TableRefusal NotUtf8() =>
        new("is not valid UTF-8; write the file in UTF-8, with iconv -f ENCODING -t UTF-8 where ENCODING is the one that it has");

    private static string Counted(int count) => count == 1 ? "1 cell" : $"{count} cells";

    // Nothing, or what pandas calls it when it has read its own file and writes it again.
    [GeneratedRegex(@"^(Unnamed: 0(\.\d+)*)?$")]
    private static partial Regex PandasIndex();

    [GeneratedRegex(@"^[\w.-]+$")]
    private static partial Regex Word();

    [GeneratedRegex(@"^[-+]?[0-9.]+(e[-+]?\d+)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Number();
}
