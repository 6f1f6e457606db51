using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Judging;

/// <summary>Reads the files of judges and of what they judge; all may be compressed (.gz).</summary>
internal static class JudgeFiles
{
    /// <summary>A file's text.</summary>
    /// <exception cref="SimperException">It cannot be read.</exception>
    public static string Text(string path)
    {
        if (Directory.Exists(path))
            throw new SimperException($"{path} is a folder; give a file.");
        try
        {
            using FileStream file = File.OpenRead(path);
            using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new UnpackedStream(file, path)
                : file;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new SimperException($"{path} cannot be read: {SystemFault.Sentence(e)}; give another file.", e);
        }
    }

    /// <summary>The objects of a JSON list, or of JSON lines, each with its place for messages.</summary>
    /// <exception cref="SimperException">It is neither.</exception>
    public static IReadOnlyList<(JsonObject Row, string Place)> Rows(string path)
    {
        string text = Text(path);
        if (text.TrimStart().StartsWith('['))
            return Parsed(text, path) is JsonArray list
                ? [.. list.Select((row, i) => (Object(row, $"{path}, item {i + 1}"), $"{path}, item {i + 1}"))]
                : [];
        return
        [
            .. text.Split('\n')
                .Select((line, i) => (Line: line, Place: $"{path}, line {i + 1}"))
                .Where(l => l.Line.Trim().Length > 0)
                .Select(l => (Object(Parsed(l.Line, l.Place), l.Place), l.Place)),
        ];
    }

    /// <summary>A text of an object.</summary>
    /// <exception cref="SimperException">It is missing, or no text.</exception>
    public static string Text(JsonObject row, string key, string place) =>
        row[key] is JsonValue value && value.TryGetValue(out string? text)
            ? text
            : throw new SimperException($"{place}: \"{key}\" has to be a text.");

    /// <summary>Writes JSON, replacing a file of that name only when it is complete.</summary>
    /// <exception cref="SimperException">It cannot be written.</exception>
    public static void Write(string path, JsonNode json) => Write(path, ReadableJson.IndentedBytes(json));

    /// <summary>Writes a text, replacing a file of that name only when it is complete.</summary>
    /// <exception cref="SimperException">It cannot be written.</exception>
    public static void Write(string path, string text) => Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    private static void Write(string path, byte[] bytes)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using var file = new AsideFile(path);
            file.Stream.Write(bytes);
            file.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{path} cannot be written: {SystemFault.Sentence(e)}; give another place.", e);
        }
    }

    /// <summary>Messages as chat completions take them.</summary>
    public static JsonArray Messages(IEnumerable<ChatMessage> messages) => new([.. messages.Select(m => m.ToJson())]);

    /// <summary>The beginning of a text, for messages.</summary>
    public static string Excerpt(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length > 60 ? line[..60] + "…" : line;
    }

    private static JsonObject Object(JsonNode? node, string place) =>
        node as JsonObject ?? throw new SimperException($"{place}: a JSON object is expected.");

    private static JsonNode? Parsed(string text, string place)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place} is no JSON: {SystemFault.Sentence(e)}.", e);
        }
    }
}
