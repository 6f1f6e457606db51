using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Simper.Tests.Serving;

/// <summary>Whether a value is valid by a JSON Schema, as far as masks hold it.</summary>
internal static class SchemaCheck
{
    /// <summary>A text as JSON; of members with the same name the last counts, as most readers have it.</summary>
    public static JsonNode? Read(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return Node(document.RootElement);

        static JsonNode? Node(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Array)
                return new JsonArray([.. element.EnumerateArray().Select(Node)]);
            if (element.ValueKind != JsonValueKind.Object)
                return JsonNode.Parse(element.GetRawText());
            var members = new JsonObject();
            foreach (JsonProperty member in element.EnumerateObject())
                members[member.Name] = Node(member.Value);
            return members;
        }
    }

    public static bool Holds(JsonNode? schema, JsonNode? value, JsonNode root)
    {
        if (schema is not JsonObject keywords)
            return schema!.GetValue<bool>();
        return (keywords["$ref"] is not { } name || Holds(Referred(root, name.GetValue<string>()), value, root))
            && (keywords["anyOf"] is not JsonArray any || any.Any(s => Holds(s, value, root)))
            && (keywords["oneOf"] is not JsonArray one || one.Count(s => Holds(s, value, root)) == 1)
            && (value?.GetValueKind() != JsonValueKind.String || HoldsText(keywords, value.GetValue<string>()))
            && (value?.GetValueKind() != JsonValueKind.Number || HoldsNumber(keywords, value.GetValue<double>()))
            && (!keywords.ContainsKey("const") || JsonNode.DeepEquals(keywords["const"], value))
            && (keywords["enum"] is not JsonArray values || values.Any(v => JsonNode.DeepEquals(v, value)))
            && (keywords["type"] is not { } type || HasType(type, value))
            && (value is not JsonObject members || HoldsObject(keywords, members, root))
            && (value is not JsonArray items || HoldsArray(keywords, items, root));
    }

    private static bool HoldsObject(JsonObject keywords, JsonObject members, JsonNode root)
    {
        JsonObject properties = keywords["properties"]?.AsObject() ?? [];
        return (keywords["required"]?.AsArray() ?? []).All(n => members.ContainsKey(n!.GetValue<string>()))
            && members.All(m =>
                properties.ContainsKey(m.Key)
                    ? Holds(properties[m.Key], m.Value, root)
                    : keywords["additionalProperties"] is not { } others || Holds(others, m.Value, root)
            );
    }

    private static bool HoldsArray(JsonObject keywords, JsonArray items, JsonNode root) =>
        items.Count >= (keywords["minItems"]?.GetValue<int>() ?? 0)
        && items.Count <= (keywords["maxItems"]?.GetValue<int>() ?? int.MaxValue)
        && (keywords["prefixItems"] is not JsonArray first || first.Zip(items).All(i => Holds(i.First, i.Second, root)))
        && (
            keywords["items"] is not { } each
            || items.Skip((keywords["prefixItems"] as JsonArray)?.Count ?? 0).All(i => Holds(each, i, root))
        );

    private static bool HoldsText(JsonObject keywords, string text) =>
        text.EnumerateRunes().Count() >= (keywords["minLength"]?.GetValue<int>() ?? 0)
        && text.EnumerateRunes().Count() <= (keywords["maxLength"]?.GetValue<int>() ?? int.MaxValue)
        && (keywords["pattern"]?.GetValue<string>() is not { } pattern || Regex.IsMatch(text, pattern, RegexOptions.ECMAScript));

    private static bool HoldsNumber(JsonObject keywords, double number) =>
        !(number < keywords["minimum"]?.GetValue<double>())
        && !(number > keywords["maximum"]?.GetValue<double>())
        && !(number <= keywords["exclusiveMinimum"]?.GetValue<double>())
        && !(number >= keywords["exclusiveMaximum"]?.GetValue<double>());

    private static bool HasType(JsonNode type, JsonNode? value)
    {
        string[] types = type is JsonArray several ? [.. several.Select(t => t!.GetValue<string>())] : [type.GetValue<string>()];
        return types.Any(t =>
            t switch
            {
                "null" => value is null,
                "object" => value is JsonObject,
                "array" => value is JsonArray,
                "string" => value?.GetValueKind() == JsonValueKind.String,
                "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
                "number" => value?.GetValueKind() == JsonValueKind.Number,
                _ => value?.GetValueKind() == JsonValueKind.Number && value.GetValue<double>() % 1 == 0,
            }
        );
    }

    private static JsonNode? Referred(JsonNode root, string name) =>
        name.Split('/').Skip(1).Aggregate((JsonNode?)root, (node, part) => node![part]);
}
