using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Objectives;

namespace Simper.Runs;

/// <summary>
/// The JSON Schema (draft 2020-12) of recipes, for editors: every key with its type, bounds, words, default and meaning. It
/// requires the canonical spelling (<c>true</c>, where a run also reads <c>yes</c>); keys of other tools are allowed, since a run
/// reads or explains them.
/// </summary>
public static class RecipeSchema
{
    /// <summary>The schema.</summary>
    /// <param name="catalog">The objectives that loss_type may name; Simper's own when not given.</param>
    public static JsonObject Of(ObjectiveCatalog? catalog = null)
    {
        catalog ??= ObjectiveCatalog.Standard;
        var properties = new JsonObject();
        foreach (RecipeKey key in ObjectiveKeys.Of(catalog).Concat(RecipeKeys.All))
        {
            properties[key.Name] = Property(key, $"{key.Group}: {key.Meaning}.", withDefault: true);
            foreach (string alias in key.Aliases)
                properties[alias] = Property(key, $"Another name of {key.Name}.", withDefault: false);
        }
        return new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = "Recipe of Simper",
            ["description"] = "What a run is made of; a key without a value, or null, is left out.",
            ["type"] = "object",
            ["properties"] = properties,
            // Not as properties: editors should suggest only ours.
            ["propertyNames"] = new JsonObject
            {
                ["anyOf"] = new JsonArray(
                    new JsonObject { ["enum"] = Words(properties.Select(p => p.Key)) },
                    new JsonObject { ["enum"] = Words(KeyNames.Foreign.Order(StringComparer.Ordinal)) }
                ),
            },
        };
    }

    private static JsonObject Property(RecipeKey key, string description, bool withDefault)
    {
        JsonObject one = Value(key);
        JsonObject property = key.MayBeList
            ? new JsonObject
            {
                ["anyOf"] = new JsonArray(one, new JsonObject { ["type"] = "array", ["items"] = Value(key, orNull: false) }),
            }
            : one;
        property["description"] = description;
        if (withDefault && key.Default.Length > 0)
            property["default"] = Literal(key);
        return property;
    }

    private static JsonObject Value(RecipeKey key, bool orNull = true)
    {
        JsonObject value = key.Kind switch
        {
            RecipeKeyKind.Flag => Typed("boolean", orNull),
            RecipeKeyKind.Whole => Typed("integer", orNull),
            RecipeKeyKind.Number => Typed("number", orNull),
            RecipeKeyKind.Map => Typed("object", orNull),
            RecipeKeyKind.Bytes => new JsonObject
            {
                ["type"] = Words(orNull ? ["string", "integer", "null"] : ["string", "integer"]),
                ["pattern"] = "^ *[0-9.]+ *([GM](i?[Bb])?)? *$",
            },
            RecipeKeyKind.Choice => new JsonObject { ["enum"] = Words(key.Choices) },
            _ when key.MayBeBare => new JsonObject { ["type"] = Words(["string", "boolean", "null"]) },
            _ => Typed("string", orNull),
        };
        if (orNull && value["enum"] is JsonArray words)
            words.Add(null);
        if (key.Range is var (low, high))
        {
            value["minimum"] = Number(low);
            value["maximum"] = Number(high);
        }
        return value;
    }

    private static JsonObject Typed(string type, bool orNull) => new() { ["type"] = orNull ? Words([type, "null"]) : type };

    private static JsonNode? Literal(RecipeKey key) =>
        key.Kind switch
        {
            RecipeKeyKind.Flag => key.Default == "true",
            RecipeKeyKind.Whole or RecipeKeyKind.Number => Number(double.Parse(key.Default, CultureInfo.InvariantCulture)),
            _ => key.Default,
        };

    // Integers without a decimal point; those beyond a double's exact range as the nearest double.
    private static JsonValue Number(double value) =>
        value == Math.Floor(value) && Math.Abs(value) < 9.2e18 ? JsonValue.Create((long)value) : JsonValue.Create(value);

    private static JsonArray Words(IEnumerable<string> words) => new([.. words.Select(w => (JsonNode?)w)]);
}
