using System.Text.Json;
using System.Text.Json.Nodes;
using static Simper.Serving.SchemaKeywords;

namespace Simper.Serving;

/// <summary>
/// The rules of a JSON Schema, for who writes: members come in the order of the schema, and no others than it names where it
/// names some. Annotations (format among them) are passed over; a keyword that would not be held is refused by name.
/// </summary>
internal sealed class JsonSchemaRules
{
    private const int MostParts = 20_000;

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
        if (keywords.ContainsKey("oneOf"))
            return Alone("oneOf", keywords, place, () => OneOf(keywords["oneOf"], $"{place}/oneOf"));
        if (keywords["allOf"] is JsonArray { Count: 1 } all)
            return Alone("allOf", keywords, place, () => Read(all[0], $"{place}/allOf/0"));
        string[] types = TypesOf(keywords, place);
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
            if (!IsHeld(keyword, types) && !IsNeutral(keyword, keywords))
                throw NotHeld(keyword, place);
        }
        if (keywords.All(k => IsAnnotation(k.Key)))
            return JsonRules.Value;
        return new Rule.Any([.. types.Select(t => OfType(t, keywords, place))]);
    }

    private Rule OfType(string type, JsonObject keywords, string place) =>
        type switch
        {
            "object" => Object(keywords, place),
            "array" => Array(keywords, place),
            "string" => SchemaScalars.Text(keywords, place),
            "number" => SchemaScalars.Number(keywords, place),
            "integer" => SchemaScalars.Integer(keywords, place),
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
        int least = Count(keywords, "minItems", place) ?? 0;
        int most = Count(keywords, "maxItems", place) ?? int.MaxValue;
        if (least > most)
            throw Wrong($"{place}/minItems", $"is {least}, more than maxItems, {most}");
        Rule[] first =
        [
            .. ArrayAt(keywords["prefixItems"], $"{place}/prefixItems").Select((s, i) => Read(s, $"{place}/prefixItems/{i}")),
        ];
        if (keywords["items"]?.GetValueKind() == JsonValueKind.False)
        {
            most = Math.Min(most, first.Length);
            if (least > most)
                throw Wrong($"{place}/minItems", $"is {least}, but only {most} items are described");
            return JsonRules.Array(first, Rule.Nothing, least, most);
        }
        Rule item = keywords["items"] is { } items ? Read(items, $"{place}/items") : JsonRules.Value;
        return JsonRules.Array(first, item, least, most);
    }

    private Rule Options(JsonNode? options, string place)
    {
        JsonArray given = ArrayAt(options, place);
        if (given.Count == 0)
            throw Wrong(place, "is empty");
        return new Rule.Any([.. given.Select((o, i) => Read(o, $"{place}/{i}"))]);
    }

    // Exactly one may hold: what is written for an option must not be of another one.
    private Rule OneOf(JsonNode? options, string place)
    {
        var distinction = new SchemaDistinction(_root);
        JsonArray given = ArrayAt(options, place);
        for (int i = 0; i < given.Count; i++)
        {
            for (int j = 0; j < given.Count; j++)
            {
                if (i != j && !distinction.Excludes(given[i], given[j]))
                    throw new SimperException(
                        $"The JSON schema has oneOf at {place}, whose options {Math.Min(i, j)} and {Math.Max(i, j)} may both "
                            + "hold for an answer, as far as can be seen here; write anyOf, or give them a required property "
                            + "with another const in each."
                    );
            }
        }
        return Options(options, place);
    }

    private static Rule Values(IReadOnlyList<JsonNode?> values, string[] types, string place)
    {
        string[] written = [.. values.Where(v => types.Any(t => Is(v, t))).Select(JsonRules.Written)];
        if (written.Length == 0)
            throw Wrong(place, "has no value of the type that is asked for");
        return new Rule.Any([.. written.Distinct().Select(JsonRules.Of)]);
    }

    // Definitions are rules of their own, so that they may refer to themselves.
    private Rule Referred(JsonNode? reference, string place)
    {
        if (reference is not JsonValue text || !text.TryGetValue(out string? name) || !name.StartsWith('#'))
            throw Wrong(place, "has to name a part of this schema, such as #/$defs/name");
        if (_named.TryGetValue(name, out Rule? known))
            return known;
        JsonNode target =
            Target(_root, name) ?? throw Wrong(place, $"names {JsonRules.Quoted(name)}, which is not in the schema");
        Rule? made = null;
        Rule later = _named[name] = new Rule.Later(() => made!);
        made = Read(target, name);
        if (ReferenceEquals(made, later))
            throw Wrong(name, "refers to itself alone");
        return later;
    }

    // A keyword that decides by itself, with annotations beside it at most; and the type, where it says nothing new.
    private static Rule Alone(string keyword, JsonObject keywords, string place, Func<Rule> rule)
    {
        foreach ((string other, _) in keywords)
        {
            if (other != keyword && !IsAnnotation(other) && !(other == "type" && keyword is "const" or "enum"))
                throw new SimperException(
                    $"The JSON schema has {other} beside {keyword} at {place}; both at once cannot be held here."
                );
        }
        return rule();
    }
}
