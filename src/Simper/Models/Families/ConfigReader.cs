using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Models.Families;

/// <summary>Reads the keys of a config.json that are needed, each with a message of its own when it is wrong.</summary>
internal sealed class ConfigReader(JsonObject config, string source)
{
    public string Source => source;

    public bool Has(string key) => config.TryGetPropertyValue(key, out JsonNode? node) && node is not null;

    /// <summary>
    /// Whether the key is present with the value null, which means "none" while a missing one means the family's default.
    /// </summary>
    public bool IsNull(string key) => config.TryGetPropertyValue(key, out JsonNode? node) && node is null;

    public int Count(string key, int? otherwise = null) => Whole(key, otherwise, least: 1);

    public int Whole(string key, int? otherwise = null, int least = 0)
    {
        double value = Number(key, otherwise);
        return value == Math.Floor(value) && value >= least && value <= int.MaxValue
            ? (int)value
            : throw Wrong(key, $"a whole number of at least {least}");
    }

    public double Number(string key, double? otherwise = null)
    {
        if (!Has(key))
            return otherwise ?? throw new SimperException($"{source}: the key \"{key}\" is missing.");
        // By its text: a node built in code holds an int or a long, which GetValue<double> refuses.
        return
            config[key]!.GetValueKind() == JsonValueKind.Number
            && double.TryParse(config[key]!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
            ? value
            : throw Wrong(key, "a number");
    }

    public bool Flag(string key, bool otherwise)
    {
        if (!Has(key))
            return otherwise;
        return config[key]!.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Wrong(key, "true or false"),
        };
    }

    public string Text(string key, string? otherwise = null)
    {
        if (!Has(key))
            return otherwise ?? throw new SimperException($"{source}: the key \"{key}\" is missing.");
        return config[key]!.GetValueKind() == JsonValueKind.String ? config[key]!.GetValue<string>() : throw Wrong(key, "a text");
    }

    public string[] Texts(string key) =>
        config[key] is JsonArray list && list.All(t => t?.GetValueKind() == JsonValueKind.String)
            ? [.. list.Select(t => t!.GetValue<string>())]
            : throw Wrong(key, "a list of texts");

    /// <summary>A nested object, or null where the key is missing or null.</summary>
    public ConfigReader? Nested(string key) =>
        !Has(key) ? null
        : config[key] is JsonObject nested ? new ConfigReader(nested, $"{source}, {key}")
        : throw Wrong(key, "an object");

    public SimperException Wrong(string key, string wanted) =>
        new($"{source}: \"{key}\" is {config[key]?.ToJsonString() ?? "null"}; it has to be {wanted}.");
}
