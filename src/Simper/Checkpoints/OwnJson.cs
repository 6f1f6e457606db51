using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Checkpoints;

/// <summary>Reads JSON files that Simper wrote itself, which say their format.</summary>
internal static class OwnJson
{
    /// <summary>Reads one.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">What cannot be read where the system refuses, for the message: the file, or its folder.</param>
    /// <param name="format">The format that is read.</param>
    /// <param name="otherwise">What the file may be else, for the message: "no receipt of a run".</param>
    /// <param name="read">Makes something of it.</param>
    /// <exception cref="SimperException">It cannot be read, is of another format, or is not as it was written.</exception>
    public static T Read<T>(string file, string place, int format, string otherwise, Func<JsonObject, T> read)
    {
        try
        {
            JsonObject json = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
            return (int?)json["format"] == format
                ? read(json)
                : throw new SimperException(
                    $"{file}: format is {json["format"]?.ToJsonString() ?? "missing"}; this version reads {format}."
                );
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or InvalidOperationException
                        or NullReferenceException
                        or FormatException
                        or ArgumentException
            )
        {
            throw new SimperException($"{file} is damaged, or {otherwise}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{place} cannot be read: {FileFault.Sentence(e)}.", e);
        }
    }
}
