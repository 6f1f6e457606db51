using System.Text.Json;
using Simper.Text.Tables.Arrow;
using Simper.Text.Tables.Csv;
using Simper.Text.Tables.Parquet;

namespace Simper.Text.Preferences;

/// <summary>
/// Reads the rows of files: JSON lines or other JSON, and tables (Parquet, Arrow, CSV and its kin), whose rows become JSON. What
/// a file is, is detected by content; anything else is refused with file and line.
/// </summary>
internal static class RowReader
{
    private const int LongestLine = 64 << 20;
    private const long LongestArray = 1L << 30;
    private const int SampleBytes = 1 << 18;

    /// <summary>
    /// A row: its number (of its unit, from 1), its text, and its offset in a plain JSONL file, or -1 elsewhere.
    /// </summary>
    public readonly record struct RawRow(int Row, byte[] Utf8, long Offset, RowUnit Unit);

    /// <summary>The rows of a file, unparsed.</summary>
    public static IEnumerable<RawRow> Read(string file) => Read(file, ColumnMap.None);

    /// <summary>
    /// The same, with the names that columns have to layouts: they decide what the cells of a table of texts are.
    /// </summary>
    public static IEnumerable<RawRow> Read(string file, ColumnMap columns) =>
        Binary(file)?.Select((r, i) => new RawRow(i + 1, r, -1, RowUnit.Row))
        ?? (IsTable(file) ? ReadTable(file, columns) : ReadJson(file));

    /// <summary>A row's location, for messages.</summary>
    public static string Place(string file, int row, RowUnit unit) =>
        $"{file}, {(unit == RowUnit.Item ? "item" : unit == RowUnit.Line ? "line" : "row")} {row}";

    private static IEnumerable<byte[]>? Binary(string file)
    {
        byte[] head = DataStream.Head(file);
        return ParquetFile.Is(head) ? ParquetFile.Rows(file)
            : ArrowFile.Is(head) ? ArrowFile.Rows(file)
            : null;
    }

    // A table of texts is known by its name, or by its look, unless it is JSON.
    private static bool IsTable(string file)
    {
        using Stream stream = DataStream.Open(file, out _);
        using var lines = new ByteLines(stream, file, LongestLine, LongestArray);
        char first = lines.FirstCharacter();
        if (first == '\0' || (first is '{' or '[' && !IsTableName(file)))
            return false;
        byte[] line = lines.FirstLine(SampleBytes);
        if (first is '{' or '[' or not '"' && (IsJson(line) || RowJson.IsIncomplete(line)))
            return false;
        if (ForeignData.OfContent(file, line) is { } foreign)
            throw foreign;
        if (IsTableName(file))
            return true;
        byte[] sample = lines.First(SampleBytes);
        return CsvTable.Is(sample, isWhole: sample.Length < SampleBytes);
    }

    private static bool IsTableName(string file)
    {
        string name = UnpackedStream.NameWithin(file);
        return name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase);
    }

    private static IEnumerable<RawRow> ReadTable(string file, ColumnMap columns)
    {
        using Stream stream = DataStream.Open(file, out _);
        foreach ((int line, byte[] row) in CsvTable.Rows(file, stream, c => TableColumns.Of(columns.NameOf(c))))
            yield return new RawRow(line, row, -1, RowUnit.Line);
    }

    private static IEnumerable<RawRow> ReadJson(string file)
    {
        using Stream stream = DataStream.Open(file, out bool isPlain);
        using var lines = new ByteLines(stream, file, LongestLine, LongestArray);
        char first = lines.FirstCharacter();
        byte[] line = first == '[' ? [] : lines.FirstLine(LongestLine);
        if (first is not ('{' or '[' or '\0') && !IsJson(line))
            throw ForeignData.Refusal(file, line);
        bool isWhole =
            first == '[' || (first == '{' && (RowJson.IsIncomplete(line) || (JsonFile.IsWrapper(line) && lines.IsOneLine())));
        foreach (
            RawRow row in isWhole
                ? JsonFile.Rows(lines.Rest(), file).Select((r, i) => new RawRow(i + 1, r, -1, RowUnit.Item))
                : LineRows(lines)
        )
            yield return isWhole || isPlain ? row : row with { Offset = -1 };
    }

    private static IEnumerable<RawRow> LineRows(ByteLines lines)
    {
        int number = 0;
        while (lines.Next() is { } line)
        {
            number++;
            if (line.AsSpan().Trim(" \t\r"u8).Length > 0)
                yield return new RawRow(number, line, lines.LineStart, RowUnit.Line);
        }
    }

    private static bool IsJson(byte[] line)
    {
        try
        {
            _ = RowJson.ParseValue(System.Text.Encoding.UTF8.GetString(line));
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
