using System.Text.Json;
using System.Text.Unicode;

namespace Simper.Server.Protocol;

/// <summary>Reads a request's body: an object of JSON, all of whose texts are text.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64, AllowDuplicateProperties = false };

    /// <summary>The fields of a body. The document must outlive them.</summary>
    /// <exception cref="ApiException">It is not JSON, not an object, too deep, or holds half a character.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
            throw new ApiException(400, "The body is not UTF-8.", code: "invalid_json");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Options);
        }
        catch (JsonException e)
        {
            string place = e.LineNumber is { } line ? $" (line {line + 1}, byte {e.BytePositionInLine + 1})" : "";
            throw new ApiException(
                400,
                $"The body could not be parsed as JSON{place}: {SystemFault.Sentence(e)}.",
                code: "invalid_json"
            );
        }
        catch (InvalidOperationException) // half of a surrogate pair in a name
        {
            throw HalfCharacter("");
        }
        try
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ApiException(400, "The body has to be a JSON object with the parameters.", code: "invalid_json");
            Walk(document.RootElement, "");
            return document;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    // Escaped surrogates without their other half are valid JSON, and not text.
    private static void Walk(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    string name = Text(() => property.Name, path);
                    Walk(property.Value, path.Length == 0 ? name : $"{path}.{name}");
                }
                break;
            case JsonValueKind.Array:
                int i = 0;
                foreach (JsonElement item in element.EnumerateArray())
                {
                    if (item.ValueKind is not JsonValueKind.Number) // lists of ids are long
                        Walk(item, $"{path}[{i}]");
                    i++;
                }
                break;
            case JsonValueKind.String:
                Text(() => element.GetString()!, path);
                break;
        }
    }

    private static string Text(Func<string> read, string path)
    {
        try
        {
            return read();
        }
        catch (InvalidOperationException)
        {
            throw HalfCharacter(path);
        }
    }

    private static ApiException HalfCharacter(string path) =>
        new(
            400,
            $"Invalid text in '{path}': it holds half of a surrogate pair, which is no character.",
            path.Length == 0 ? null : path,
            "invalid_value"
        );
}
