using System.Text.Json;

namespace Simper.Text.Tokenization;

/// <summary>A value of a JSON file with its path, so that errors name their location.</summary>
internal readonly record struct JsonSection(JsonElement Element, string Path)
{
    public bool IsNull => Element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>A member; a missing one has the kind Undefined.</summary>
    public JsonSection this[string key] =>
        Element.ValueKind == JsonValueKind.Object && Element.TryGetProperty(key, out JsonElement member)
            ? new JsonSection(member, $"{Path}.{key}")
            : new JsonSection(default, $"{Path}.{key}");

    public IEnumerable<JsonSection> Items(int most = 4096)
    {
        if (Element.ValueKind != JsonValueKind.Array)
            throw Wrong("a list");
        if (Element.GetArrayLength() > most)
            throw Wrong($"a list of at most {most} entries; it has {Element.GetArrayLength()}");
        int i = 0;
        string path = Path;
        return Element.EnumerateArray().Select(e => new JsonSection(e, $"{path}[{i++}]"));
    }

    public string Text(string? otherwise = null) =>
        Element.ValueKind switch
        {
            JsonValueKind.String => Element.GetString()!,
            JsonValueKind.Null or JsonValueKind.Undefined when otherwise is not null => otherwise,
            _ => throw Wrong("a text"),
        };

    public bool Flag(bool otherwise) =>
        Element.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null or JsonValueKind.Undefined => otherwise,
            _ => throw Wrong("true or false"),
        };

    public int Number(int? otherwise = null)
    {
        if (Element.ValueKind == JsonValueKind.Number && Element.TryGetInt32(out int value) && value >= 0)
            return value;
        return IsNull && otherwise is { } given ? given : throw Wrong("a whole number from 0 to 2147483647");
    }

    public SimperException Wrong(string wanted) => new($"{Path} has to be {wanted}.");

    public SimperException Unsupported(string what) => new($"{Path}: {what} is not supported.");
}
