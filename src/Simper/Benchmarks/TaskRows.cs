using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>Reads the rows of a task's data: JSON lines or a JSON array of objects, also compressed as .gz.</summary>
internal static class TaskRows
{
    private static readonly JsonDocumentOptions Options = new()
    {
        MaxDepth = 128,
        CommentHandling = JsonCommentHandling.Disallow,
    };

    /// <summary>The rows of a file.</summary>
    /// <exception cref="SimperException">It cannot be read, or a row is no JSON object.</exception>
    public static IEnumerable<JsonObject> Read(string path) => Read(new TaskFile(path, IsBuiltin: false));

    /// <inheritdoc cref="Read(string)"/>
    public static IEnumerable<JsonObject> Read(TaskFile file)
    {
        using Stream raw = file.Open();
        using Stream plain = file.Path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? new UnpackedStream(raw, file.Path)
            : raw;
        using var reader = new StreamReader(plain);
        int first = Whole(() => Peek(reader), file);
        if (first == '[')
        {
            foreach (JsonNode? row in Parsed(file, 1, Whole(reader.ReadToEnd, file)) as JsonArray ?? [])
                yield return row as JsonObject ?? throw new SimperException($"{file}: a row is no JSON object.");
            yield break;
        }
        int number = 0;
        while (Whole(reader.ReadLine, file) is { } line)
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            yield return Parsed(file, number, line) as JsonObject
                ?? throw new SimperException($"{file}, line {number}: a row has to be a JSON object.");
        }
    }

    private static int Peek(StreamReader reader)
    {
        while (reader.Peek() is >= 0 and var c && char.IsWhiteSpace((char)c))
            reader.Read();
        return reader.Peek();
    }

    private static T Whole<T>(Func<T> read, TaskFile file)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new SimperException($"{file} is damaged: it is no complete .gz file.", e);
        }
    }

    private static JsonNode? Parsed(TaskFile file, int line, string text)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: Options);
        }
        catch (JsonException e)
        {
            throw new SimperException(
                $"{file}, line {line + (e.LineNumber ?? 0)}: this is not JSON; task data are JSON lines, an object a line.",
                e
            );
        }
    }
}
