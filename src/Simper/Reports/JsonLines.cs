using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Reports;

/// <summary>Reads files of one JSON object per line, even while another process is writing them.</summary>
internal static class JsonLines
{
    /// <summary>The objects with file and line, for messages; none if there is no file.</summary>
    /// <exception cref="SimperException">A line is not a JSON object.</exception>
    public static IEnumerable<(JsonObject Line, string Place)> Read(string file)
    {
        if (!File.Exists(file))
            yield break;
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        for (int number = 1; reader.ReadLine() is { } text; number++)
        {
            if (text.Length > 0)
                yield return (Object(text, $"{file}, line {number}"), $"{file}, line {number}");
        }
    }

    /// <summary>Parses a text that should be a JSON object.</summary>
    public static JsonObject Object(string text, string place)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject
                ?? throw new SimperException($"{place}: this is no JSON object; the file is not a run's.");
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place}: this is no JSON ({SystemFault.Sentence(e)}); the file is damaged.", e);
        }
    }

    /// <summary>Reads an object's fields.</summary>
    public static T Field<T>(string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e)
            when (e is InvalidOperationException or FormatException or NullReferenceException or ArgumentNullException)
        {
            throw new SimperException($"{place}: a field is missing or of the wrong kind; the file is not a run's.", e);
        }
    }
}
