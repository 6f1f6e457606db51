using System.Text.Json.Nodes;

namespace Simper.Models.Families;

/// <summary>A model family: how its config.json and its weight names map to the one decoder. Data, no maths.</summary>
internal sealed record Family(string ModelType, Func<ConfigReader, DecoderShape> ReadShape, NameMap Names)
{
    /// <summary>All families, by <c>model_type</c>.</summary>
    public static IReadOnlyDictionary<string, Family> All { get; } =
        new[]
        {
            Llama.Family,
            Mistral.Family,
            Mistral.Ministral,
            Mixtral.Family,
            Qwen2.Family,
            Qwen3.Family,
            Qwen3Moe.Family,
            Gemma.Family,
            Gemma2.Family,
            Gemma3.Family,
            Phi3.Family,
            SmolLm3.Family,
            Olmo2.Family,
            Olmo3.Family,
            Granite.Family,
            Gpt2.Family,
            GptNeoX.Family,
            GptOss.Family,
            Glm4.Family,
            Cohere2.Family,
            StarCoder2.Family,
            StableLm.Family,
            Exaone4.Family,
        }.ToDictionary(f => f.ModelType, StringComparer.Ordinal);

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

    /// <summary>The architecture that a config describes.</summary>
    /// <exception cref="SimperException">A key is missing, wrong, or changes the model in a way that the family does not
    /// know.</exception>
    public DecoderShape Shape(ConfigReader config)
    {
        DecoderShape shape = ReadShape(config);
        config.ExpectNoOther();
        if (
            shape.Rotary is RotaryKind.LongRope rope
            && (rope.ShortFactors.Count != shape.RotaryWidth / 2 || rope.LongFactors.Count != shape.RotaryWidth / 2)
        )
            throw new SimperException(
                $"{config.Source}: short_factor and long_factor have {rope.ShortFactors.Count} and {rope.LongFactors.Count} "
                    + $"numbers; each pair of a head's rotated values needs one, {shape.RotaryWidth / 2} in all."
            );
        return shape;
    }
}
