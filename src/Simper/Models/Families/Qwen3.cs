namespace Simper.Models.Families;

/// <summary>Qwen3: a norm on each head of queries and keys, no biases.</summary>
internal static class Qwen3
{
    public static Family Family { get; } =
        new(
            "qwen3",
            config =>
            {
                bool hasBiases = config.Flag("attention_bias", otherwise: false);
                DecoderShape shape = CommonConfig.Read(config, headWidth: 128, maxPositions: 32768) with
                {
                    QueryKeyNorm = true,
                    QueryKeyValueBias = hasBiases,
                    OutputBias = hasBiases,
                };
                return shape with { Windows = Qwen2.Windows(config, shape.Layers) };
            },
            CommonNames.Llama with
            {
                QueryNorm = "model.layers.{0}.self_attn.q_norm",
                KeyNorm = "model.layers.{0}.self_attn.k_norm",
            }
        );
}
