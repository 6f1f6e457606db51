namespace Simper.Models.Families;

/// <summary>Qwen3: a norm on each head of queries and keys, no biases.</summary>
internal static class Qwen3
{
    public static NameMap Names { get; } =
        CommonNames.Llama with
        {
            QueryNorm = "model.layers.{0}.self_attn.q_norm",
            KeyNorm = "model.layers.{0}.self_attn.k_norm",
        };

    public static Family Family { get; } =
        new(
            "qwen3",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(config, new CommonDefaults { HeadWidth = 128, MaxPositions = 32768 });
                return CommonConfig.WithAttentionBias(shape, config) with
                {
                    QueryKeyNorm = QueryKeyNorm.Head,
                    Windows = Qwen2.Windows(config, shape.Layers),
                };
            },
            Names
        );
}
