using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Models.Families;

/// <summary>Reads the keys of a config.json that are needed, each with a message of its own when it is wrong.</summary>
internal sealed class ConfigReader(JsonObject config, string source)
{
    private const int MostParts = 16_384;

    private readonly HashSet<string> _known = [];

    public string Source => source;

    public bool Has(string key) => Find(key) is not null;

    /// <summary>
    /// Whether the key is present with the value null, which means "none" while a missing one means the family's default.
    /// </summary>
    public bool IsNull(string key) => Find(key) is null && config.ContainsKey(key);

    public bool IsText(string key) => Find(key)?.GetValueKind() == JsonValueKind.String;

    /// <summary>Keys that the family knows and does not need, whatever they are.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
            _known.Add(key);
    }

    /// <exception cref="SimperException">A key that nobody has asked for would change the model.</exception>
    public void ExpectNoOther()
    {
        foreach ((string key, JsonNode? value) in config)
        {
            if (!_known.Contains(key) && UnknownKeys.ChangesModel(key, value))
                throw new SimperException(
                    $"{source}: \"{key}\" is {value!.ToJsonString()}, and this family is not known to have it; such a model "
                        + "would not be computed as it was trained. Remove the key if it has no meaning."
                );
        }
    }

    public int Count(string key, int? otherwise = null) => Whole(key, otherwise, least: 1);

    /// <summary>The number of layers or experts, for each of which there are weights: no absurd one is begun with.</summary>
    public int Parts(string key, int? otherwise = null) =>
        Count(key, otherwise) is <= MostParts and var parts ? parts : throw Wrong(key, $"a whole number of at most {MostParts}");

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
        Find(key) is JsonArray list && list.All(t => t?.GetValueKind() == JsonValueKind.String)
            ? [.. list.Select(t => t!.GetValue<string>())]
            : throw Wrong(key, "a list of texts");

    public double[] Numbers(string key) =>
        Find(key) is JsonArray list && list.All(t => t?.GetValueKind() == JsonValueKind.Number)
            ? [.. list.Select(t => double.Parse(t!.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture))]
            : throw Wrong(key, "a list of numbers");

    /// <summary>A nested object, or null where the key is missing or null.</summary>
    public ConfigReader? Nested(string key) =>
        !Has(key) ? null
        : config[key] is JsonObject nested ? new ConfigReader(nested, $"{source}, {key}")
        : throw Wrong(key, "an object");

    public SimperException Wrong(string key, string wanted) =>
        new($"{source}: \"{key}\" is {config[key]?.ToJsonString() ?? "null"}; it has to be {wanted}.");

    private JsonNode? Find(string key)
    {
        _known.Add(key);
        return config.TryGetPropertyValue(key, out JsonNode? node) ? node : null;
    }
}
