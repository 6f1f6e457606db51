using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Serving;

/// <summary>
/// Which schemas exclude each other, seen from types, values, bounds and required members: nothing that is written for the one is
/// of the other. What is not seen counts as not so.
/// </summary>
/// <param name="root">The whole schema, for references.</param>
internal sealed class SchemaDistinction(JsonNode root)
{
    private const int MostLevels = 16;

    /// <summary>Whether nothing that is written for a schema is of another.</summary>
    public bool Excludes(JsonNode? written, JsonNode? other) => Excludes(written, other, 0);

    private bool Excludes(JsonNode? written, JsonNode? other, int level)
    {
        if (level > MostLevels || Resolved(written) is not { } a || Resolved(other) is not { } b)
            return false;
        if (Options(a) is { } options)
            return options.All(o => Excludes(o, b, level + 1));
        if (Options(b) is { } others)
            return others.All(o => Excludes(a, o, level + 1));
        string[] types = SchemaKeywords.TypesOf(a, "");
        string[] otherTypes = SchemaKeywords.TypesOf(b, "");
        if (Values(a, types) is { } values)
            return values.All(v => IsNone(v, b, otherTypes));
        if (Values(b, otherTypes) is { } otherValues)
            return otherValues.All(v => !types.Any(t => SchemaKeywords.Is(v, t)));
        return types.All(t => otherTypes.Where(o => Meet(t, o)).All(_ => ExcludesOfType(t, a, b, level)));
    }

    private static bool Meet(string type, string other) =>
        type == other || (type is "integer" or "number" && other is "integer" or "number");

    private bool ExcludesOfType(string type, JsonObject a, JsonObject b, int level) =>
        type switch
        {
            "object" => ExcludesObjects(a, b, level),
            "array" => AreApart(Counts(a, "minItems", "maxItems"), Counts(b, "minItems", "maxItems")),
            "string" => AreApart(Counts(a, "minLength", "maxLength"), Counts(b, "minLength", "maxLength")),
            "number" or "integer" => AreApart(SchemaKeywords.Bounds(a, ""), SchemaKeywords.Bounds(b, "")),
            _ => false,
        };

    private bool ExcludesObjects(JsonObject a, JsonObject b, int level)
    {
        JsonObject own = a["properties"] as JsonObject ?? [];
        JsonObject others = b["properties"] as JsonObject ?? [];
        string[] required = Names(a);
        // Where names are given no others are written.
        bool isNamed = own.Count + required.Length > 0 || IsFalse(a["additionalProperties"]);
        if (isNamed && Names(b).Any(n => !own.ContainsKey(n) && !required.Contains(n)))
            return true;
        if (IsFalse(b["additionalProperties"]) && required.Any(n => !others.ContainsKey(n)))
            return true;
        return required.Any(n => own.ContainsKey(n) && others.ContainsKey(n) && Excludes(own[n], others[n], level + 1));
    }

    private static bool IsFalse(JsonNode? node) => node?.GetValueKind() == JsonValueKind.False;

    private static string[] Names(JsonObject schema) =>
        [.. (schema["required"] as JsonArray ?? []).Select(n => n is JsonValue v && v.TryGetValue(out string? s) ? s : "")];

    private static NumberBounds Counts(JsonObject schema, string least, string most) =>
        new(SchemaKeywords.Count(schema, least, ""), false, SchemaKeywords.Count(schema, most, ""), false);

    private static bool AreApart(NumberBounds a, NumberBounds b) => IsBelow(a, b) || IsBelow(b, a);

    private static bool IsBelow(NumberBounds a, NumberBounds b) =>
        a.Most < b.Least || (a.Most == b.Least && a.Most is not null && (a.IsBelow || b.IsAbove));

    private static bool IsNone(JsonNode? value, JsonObject schema, string[] types) =>
        !types.Any(t => SchemaKeywords.Is(value, t))
        || (Values(schema, types) is { } values && !values.Any(v => JsonNode.DeepEquals(v, value)));

    private static IReadOnlyList<JsonNode?>? Values(JsonObject schema, string[] types)
    {
        IEnumerable<JsonNode?>? given = schema.ContainsKey("const")
            ? Enumerable.Repeat(schema["const"], 1)
            : schema["enum"] as JsonArray;
        return given is null ? null : [.. given.Where(v => types.Any(t => SchemaKeywords.Is(v, t)))];
    }

    private static JsonArray? Options(JsonObject schema) =>
        schema["anyOf"] as JsonArray
        ?? schema["oneOf"] as JsonArray
        ?? (schema["allOf"] is JsonArray { Count: 1 } all ? all : null);

    private JsonObject? Resolved(JsonNode? schema)
    {
        for (int i = 0; i < MostLevels; i++)
        {
            if (schema is not JsonObject keywords || keywords["$ref"] is not JsonValue reference)
                return schema as JsonObject;
            schema = reference.TryGetValue(out string? name) ? SchemaKeywords.Target(root, name) : null;
        }
        return null;
    }
}
