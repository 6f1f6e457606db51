using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Serving;

/// <summary>The keywords of a JSON Schema that rules hold, and how their values are read.</summary>
internal static class SchemaKeywords
{
    private const int MostCount = 100_000;

    private static readonly HashSet<string> Annotations =
    [
        "$schema",
        "$id",
        "$anchor",
        "$comment",
        "$defs",
        "definitions",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "format",
        "discriminator", // says which of oneOf it is, for readers
    ];

    private static readonly string[] OfNumbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"];

    private static readonly Dictionary<string, string[]> KeywordsOf = new()
    {
        ["object"] = ["properties", "required", "additionalProperties"],
        ["array"] = ["items", "prefixItems", "minItems", "maxItems"],
        ["string"] = ["pattern", "minLength", "maxLength"],
        ["number"] = OfNumbers,
        ["integer"] = OfNumbers,
        ["boolean"] = [],
        ["null"] = [],
    };

    /// <summary>Whether a keyword says nothing of values.</summary>
    public static bool IsAnnotation(string keyword) => Annotations.Contains(keyword);

    /// <summary>Whether a keyword beside others is held for values of these types.</summary>
    public static bool IsHeld(string keyword, string[] types) =>
        keyword == "type" || IsAnnotation(keyword) || types.Any(t => KeywordsOf[t].Contains(keyword));

    /// <summary>Whether a keyword says what holds anyway.</summary>
    public static bool IsNeutral(string keyword, JsonObject keywords) =>
        keyword == "uniqueItems" && keywords[keyword]?.GetValueKind() == JsonValueKind.False;

    /// <summary>The types of a schema's values. Without a type, those that its keywords speak of are meant.</summary>
    public static string[] TypesOf(JsonObject keywords, string place)
    {
        if (keywords.ContainsKey("type"))
            return Types(keywords["type"], $"{place}/type");
        string[] spoken = [.. KeywordsOf.Where(k => k.Value.Any(keywords.ContainsKey)).Select(k => k.Key)];
        return spoken.Length > 0 ? spoken : [.. KeywordsOf.Keys];
    }

    /// <summary>Whether a value is of a type.</summary>
    public static bool Is(JsonNode? value, string type) =>
        (value?.GetValueKind() ?? JsonValueKind.Null) switch
        {
            JsonValueKind.Null => type == "null",
            JsonValueKind.True or JsonValueKind.False => type == "boolean",
            JsonValueKind.String => type == "string",
            JsonValueKind.Object => type == "object",
            JsonValueKind.Array => type == "array",
            _ => type == "number" || (type == "integer" && value!.AsValue().TryGetValue(out double n) && n == Math.Floor(n)),
        };

    /// <summary>A list; empty if it is not given.</summary>
    public static JsonArray ArrayAt(JsonNode? node, string place) =>
        node switch
        {
            null => [],
            JsonArray array => array,
            _ => throw Wrong(place, "has to be a list"),
        };

    /// <summary>A whole number that counts; null if it is not given.</summary>
    public static int? Count(JsonObject keywords, string keyword, string place) =>
        keywords[keyword] switch
        {
            null => null,
            JsonValue v when v.TryGetValue(out double n) && n is >= 0 and <= MostCount && n == Math.Floor(n) => (int)n,
            _ => throw Wrong($"{place}/{keyword}", $"has to be a whole number from 0 to {MostCount}"),
        };

    /// <summary>The bounds of numbers.</summary>
    public static NumberBounds Bounds(JsonObject keywords, string place)
    {
        (decimal? least, decimal? above) = (Number("minimum"), Number("exclusiveMinimum"));
        (decimal? most, decimal? below) = (Number("maximum"), Number("exclusiveMaximum"));
        (bool isAbove, bool isBelow) = (above is not null && !(least > above), below is not null && !(most < below));
        return new NumberBounds(isAbove ? above : least, isAbove, isBelow ? below : most, isBelow);

        decimal? Number(string keyword) =>
            keywords[keyword] switch
            {
                null => null,
                JsonValue v when v.TryGetValue(out decimal n) => n,
                JsonValue v when v.TryGetValue(out double n) && Math.Abs(n) < 1e28 => (decimal)n,
                _ => throw Wrong($"{place}/{keyword}", "has to be a number of up to 28 digits"),
            };
    }

    /// <summary>The part of a schema that a reference names; null if there is none.</summary>
    public static JsonNode? Target(JsonNode root, string reference)
    {
        JsonNode? target = root;
        foreach (string part in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string key = Uri.UnescapeDataString(part)
                .Replace("~1", "/", StringComparison.Ordinal)
                .Replace("~0", "~", StringComparison.Ordinal);
            target = target switch
            {
                JsonObject parent => parent[key],
                JsonArray list when int.TryParse(key, out int i) && i >= 0 && i < list.Count => list[i],
                _ => null,
            };
        }
        return target;
    }

    /// <summary>A schema that is none.</summary>
    public static SimperException Wrong(string place, string what) => new($"The JSON schema is wrong: {place} {what}.");

    /// <summary>A keyword that no rule holds.</summary>
    public static SimperException NotHeld(string keyword, string place) =>
        new($"The JSON schema has {keyword} at {place}, which cannot be held here; leave it out, or check answers yourself.");

    private static string[] Types(JsonNode? type, string place)
    {
        string?[] names = type switch
        {
            JsonArray several => [.. several.Select(Name)],
            _ => [Name(type)],
        };
        if (names.Length == 0 || names.Any(n => n is null || !KeywordsOf.ContainsKey(n)))
            throw Wrong(place, $"has to be of {string.Join(", ", KeywordsOf.Keys)}");
        return [.. names!];

        static string? Name(JsonNode? node) => node is JsonValue v && v.TryGetValue(out string? name) ? name : null;
    }
}
