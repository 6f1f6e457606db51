using System.Text.Json.Nodes;

namespace Simper.Models.Families;

/// <summary>A model family: how its config.json and its weight names map to the one decoder. Data, no maths.</summary>
internal sealed record Family(string ModelType, Func<ConfigReader, DecoderShape> Shape, NameMap Names)
{
    /// <summary>All families, by <c>model_type</c>.</summary>
    public static IReadOnlyDictionary<string, Family> All { get; } =
        new[] { Llama.Family, Qwen2.Family, Qwen3.Family, Gemma2.Family }.ToDictionary(f => f.ModelType, StringComparer.Ordinal);

    /// <summary>The family that a config names.</summary>
    /// <exception cref="SimperException">The <c>model_type</c> is missing or not supported.</exception>
    public static Family Of(JsonObject config, string source)
    {
        string modelType = new ConfigReader(config, source).Text("model_type");
        return All.TryGetValue(modelType, out Family? family)
            ? family
            : throw new SimperException(
                $"{source}: model_type \"{modelType}\" is not supported; supported are: {string.Join(", ", All.Keys)}."
            );
    }
}
