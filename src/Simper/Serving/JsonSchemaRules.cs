using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Serving;

/// <summary>
/// The rules of a JSON Schema, for who writes: members come in the order of the schema, and no others than it names where it
/// names some. Annotations (format among them) are passed over; a keyword that would not be held is refused by name.
/// </summary>
internal sealed class JsonSchemaRules
{
    private const int MostParts = 20_000;

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
    ];

    private static readonly Dictionary<string, string[]> KeywordsOf = new()
    {
        ["object"] = ["properties", "required", "additionalProperties"],
        ["array"] = ["items", "minItems", "maxItems"],
        ["string"] = [],
        ["number"] = [],
        ["integer"] = [],
        ["boolean"] = [],
        ["null"] = [],
    };

    private readonly JsonNode _root;
    private readonly Dictionary<string, Rule> _named = [];
    private int _parts;

    private JsonSchemaRules(JsonNode root) => _root = root;

    /// <exception cref="SimperException">The schema is wrong, or has a keyword that is not held.</exception>
    public static Rule Of(JsonNode schema) => new JsonSchemaRules(schema).Read(schema, "#");

    private Rule Read(JsonNode? schema, string place)
    {
        if (++_parts > MostParts)
            throw new SimperException($"The JSON schema has more than {MostParts} parts.");
        if (schema?.GetValueKind() == JsonValueKind.True)
            return JsonRules.Value;
        if (schema is not JsonObject keywords)
            throw Wrong(place, "has to be a schema, an object");
        if (keywords.ContainsKey("$ref"))
            return Alone("$ref", keywords, place, () => Referred(keywords["$ref"], $"{place}/$ref"));
        if (keywords.ContainsKey("anyOf"))
            return Alone("anyOf", keywords, place, () => Options(keywords["anyOf"], $"{place}/anyOf"));
        if (keywords["allOf"] is JsonArray { Count: 1 } all)
            return Alone("allOf", keywords, place, () => Read(all[0], $"{place}/allOf/0"));
        // Without a type, what keywords speak of is what is meant.
        string[] types = keywords.ContainsKey("type")
            ? Types(keywords["type"], $"{place}/type")
            : [.. KeywordsOf.Where(k => k.Value.Any(keywords.ContainsKey)).Select(k => k.Key)];
        if (types.Length == 0)
            types = [.. KeywordsOf.Keys];
        if (keywords.ContainsKey("const"))
            return Alone("const", keywords, place, () => Values([keywords["const"]], types, $"{place}/const"));
        if (keywords.ContainsKey("enum"))
            return Alone(
                "enum",
                keywords,
                place,
                () => Values([.. ArrayAt(keywords["enum"], $"{place}/enum")], types, $"{place}/enum")
            );
        foreach ((string keyword, _) in keywords)
        {
            if (keyword != "type" && !Annotations.Contains(keyword) && !types.Any(t => KeywordsOf[t].Contains(keyword)))
                throw NotHeld(keyword, place);
        }
        if (keywords.All(k => Annotations.Contains(k.Key)))
            return JsonRules.Value;
        return new Rule.Any([.. types.Select(t => OfType(t, keywords, place))]);
    }

    private Rule OfType(string type, JsonObject keywords, string place) =>
        type switch
        {
            "object" => Object(keywords, place),
            "array" => Array(keywords, place),
            "string" => JsonRules.Text,
            "number" => JsonRules.Number,
            "integer" => JsonRules.Integer,
            "boolean" => JsonRules.Boolean,
            _ => JsonRules.Null,
        };

    private Rule Object(JsonObject keywords, string place)
    {
        JsonObject properties = keywords["properties"] switch
        {
            null => [],
            JsonObject given => given,
            _ => throw Wrong($"{place}/properties", "has to be an object"),
        };
        JsonNode? others = keywords["additionalProperties"];
        bool hasOthers = others?.GetValueKind() != JsonValueKind.False;
        string[] required =
        [
            .. ArrayAt(keywords["required"], $"{place}/required")
                .Select(n =>
                    n is JsonValue v && v.TryGetValue(out string? name)
                        ? name
                        : throw Wrong($"{place}/required", "has to hold names")
                ),
        ];
        if (properties.Count == 0 && required.Length == 0)
            return hasOthers ? JsonRules.Map(Others()) : JsonRules.Of("{}");
        var members = properties
            .Select(p => (p.Key, Value: Read(p.Value, $"{place}/properties/{p.Key}"), IsRequired: required.Contains(p.Key)))
            .ToList();
        foreach (string name in required.Distinct().Where(n => !properties.ContainsKey(n)))
        {
            if (!hasOthers)
                throw Wrong($"{place}/required", $"has {JsonRules.Quoted(name)}, which is no property and may not be another");
            members.Add((name, Others(), true));
        }
        return JsonRules.Object(members);

        Rule Others() => others is null ? JsonRules.Value : Read(others, $"{place}/additionalProperties");
    }

    private Rule Array(JsonObject keywords, string place)
    {
        int least = Count("minItems", 0);
        int most = Count("maxItems", int.MaxValue);
        if (least > most)
            throw Wrong($"{place}/minItems", $"is {least}, more than maxItems, {most}");
        Rule item = keywords["items"] is { } items ? Read(items, $"{place}/items") : JsonRules.Value;
        return JsonRules.Array(item, least, most);

        int Count(string keyword, int neutral) =>
            keywords[keyword] switch
            {
                null => neutral,
                JsonValue v when v.TryGetValue(out double n) && n is >= 0 and <= 100_000 && n == Math.Floor(n) => (int)n,
                _ => throw Wrong($"{place}/{keyword}", "has to be a whole number from 0 to 100000"),
            };
    }

    private Rule Options(JsonNode? options, string place)
    {
        JsonArray given = ArrayAt(options, place);
        if (given.Count == 0)
            throw Wrong(place, "is empty");
        return new Rule.Any([.. given.Select((o, i) => Read(o, $"{place}/{i}"))]);
    }

    private static Rule Values(IReadOnlyList<JsonNode?> values, string[] types, string place)
    {
        string[] written = [.. values.Where(v => types.Any(t => Is(v, t))).Select(JsonRules.Written)];
        if (written.Length == 0)
            throw Wrong(place, "has no value of the type that is asked for");
        return new Rule.Any([.. written.Distinct().Select(JsonRules.Of)]);
    }

    private static bool Is(JsonNode? value, string type) =>
        (value?.GetValueKind() ?? JsonValueKind.Null) switch
        {
            JsonValueKind.Null => type == "null",
            JsonValueKind.True or JsonValueKind.False => type == "boolean",
            JsonValueKind.String => type == "string",
            JsonValueKind.Object => type == "object",
            JsonValueKind.Array => type == "array",
            _ => type == "number" || (type == "integer" && value!.AsValue().TryGetValue(out double n) && n == Math.Floor(n)),
        };

    // Definitions are rules of their own, so that they may refer to themselves.
    private Rule Referred(JsonNode? reference, string place)
    {
        if (reference is not JsonValue text || !text.TryGetValue(out string? name) || !name.StartsWith('#'))
            throw Wrong(place, "has to name a part of this schema, such as #/$defs/name");
        if (_named.TryGetValue(name, out Rule? known))
            return known;
        JsonNode? target = _root;
        foreach (string part in name.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
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
        if (target is null)
            throw Wrong(place, $"names {JsonRules.Quoted(name)}, which is not in the schema");
        Rule? made = null;
        Rule later = _named[name] = new Rule.Later(() => made!);
        made = Read(target, name);
        if (ReferenceEquals(made, later))
            throw Wrong(name, "refers to itself alone");
        return later;
    }

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

    // A keyword that decides by itself, with annotations beside it at most; and the type, where it says nothing new.
    private static Rule Alone(string keyword, JsonObject keywords, string place, Func<Rule> rule)
    {
        foreach ((string other, _) in keywords)
        {
            if (other != keyword && !Annotations.Contains(other) && !(other == "type" && keyword is "const" or "enum"))
                throw new SimperException(
                    $"The JSON schema has {other} beside {keyword} at {place}; both at once cannot be held here."
                );
        }
        return rule();
    }

    private static JsonArray ArrayAt(JsonNode? node, string place) =>
        node switch
        {
            null => [],
            JsonArray array => array,
            _ => throw Wrong(place, "has to be a list"),
        };

    private static SimperException Wrong(string place, string what) => new($"The JSON schema is wrong: {place} {what}.");

    private static SimperException NotHeld(string keyword, string place) =>
        new($"The JSON schema has {keyword} at {place}, which cannot be held here; leave it out, or check answers yourself.");
}
