using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// Reads the rows of JSON files: lines or one array, told apart by content, plain or .gz. What is no JSON is refused with file and line.
/// </summary>
internal static class RowReader
{
    private const int MostFiles = short.MaxValue;
    private const int LongestLine = 64 << 20;
    private const long LongestArray = 1L << 30;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The data files of a path: itself, or all of a folder in order of their names.</summary>
    public static IReadOnlyList<string> Files(string path)
    {
        if (File.Exists(path))
            return IsData(path) ? [path] : throw new SimperException($"{path} is no data file that Simper reads; it reads .jsonl and .json, also with .gz.");
        if (!Directory.Exists(path))
            throw new SimperException($"{path} does not exist; give a .jsonl or .json file (also .gz), or a folder of such files.");
        string[] files = [.. Directory.GetFiles(path).Where(IsData).Order(StringComparer.Ordinal)];
        if (files.Length > MostFiles)
            throw new SimperException($"{path} holds {files.Length} data files; at most {MostFiles} are read, so put them together.");
        return files.Length > 0 ? files : throw new SimperException($"{path} holds no .jsonl or .json file.");
    }

    /// <summary>A row: its number (line of a JSONL file, item of an array; from 1), its text, and where that begins in a plain file of
    /// lines, or -1 elsewhere.</summary>
    public readonly record struct RawRow(int Row, byte[] Utf8, long Offset, bool IsItem);

    /// <summary>The rows of a file, which are not looked at yet.</summary>
    public static IEnumerable<RawRow> Read(string file)
    {
        using FileStream raw = Open(file);
        using Stream stream = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        using var lines = new ByteLines(stream, file, LongestLine, LongestArray);
        bool isArray = lines.FirstCharacter() == '[';
        bool hasOffsets = !isArray && ReferenceEquals(stream, raw);
        foreach (RawRow row in isArray ? ArrayRows(lines.Rest(), file) : LineRows(lines))
            yield return hasOffsets ? row : row with { Offset = -1 };
    }

    /// <summary>Where a row stands, for messages.</summary>
    public static string Place(string file, int row, bool isArray) => $"{file}, {(isArray ? "item" : "line")} {row}";

    private static bool IsData(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
    }

    private static FileStream Open(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{file} cannot be read: {e.Message}", e);
        }
    }

    private static IEnumerable<RawRow> LineRows(ByteLines lines)
    {
        int number = 0;
        while (lines.Next() is { } line)
        {
            number++;
            if (line.AsSpan().Trim(" \t\r"u8).Length > 0)
                yield return new RawRow(number, line, lines.LineStart, false);
        }
    }

    private static IEnumerable<RawRow> ArrayRows(byte[] whole, string file)
    {
        using JsonDocument document = ParseDocument(whole, file);
        int number = 0;
        foreach (JsonElement item in document.RootElement.EnumerateArray())
        {
            number++;
            yield return new RawRow(number, Strict.GetBytes(item.GetRawText()), -1, true);
        }
    }

    private static JsonDocument ParseDocument(byte[] utf8, string place)
    {
        try
        {
            return JsonDocument.Parse(utf8, Options);
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place}: {Reason(e)}", e);
        }
    }

    /// <summary>The object that a row is.</summary>
    /// <exception cref="SimperException">It is none.</exception>
    public static JsonObject Parse(byte[] utf8, string place)
    {
        try
        {
            _ = Strict.GetCharCount(utf8);
            JsonNode? node = JsonNode.Parse(utf8, documentOptions: Options);
            return node as JsonObject ?? throw new SimperException($"{place}: a row has to be a JSON object {{...}}.");
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place}: {Reason(e)}", e);
        }
        catch (Exception e) when (e is DecoderFallbackException or ArgumentException)
        {
            throw new SimperException($"{place}: it is not valid UTF-8.", e);
        }
    }

    private static string Reason(JsonException e) => e.Message.Contains("duplicate", StringComparison.OrdinalIgnoreCase)
        ? "a key stands twice in one object."
        : $"it is not valid JSON (byte {e.BytePositionInLine}{(e.LineNumber > 0 ? $" of line {e.LineNumber + 1}" : "")}): {e.Message.Split(" LineNumber")[0]}";
}
