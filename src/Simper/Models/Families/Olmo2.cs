namespace Simper.Models.Families;

/// <summary>OLMo 2: norms after attention and MLP instead of before, and one over all of a token's queries, or keys.</summary>
internal static class Olmo2
{
    public static NameMap Names { get; } =
        CommonNames.Llama with
        {
            AttentionNorm = null,
            MlpNorm = null,
            AttentionPostNorm = "model.layers.{0}.post_attention_layernorm",
            MlpPostNorm = "model.layers.{0}.post_feedforward_layernorm",
            QueryNorm = "model.layers.{0}.self_attn.q_norm",
            KeyNorm = "model.layers.{0}.self_attn.k_norm",
        };

    public static Family Family { get; } = new("olmo2", Read, Names);

    /// <summary>What OLMo 2 and 3 share.</summary>
    public static DecoderShape Read(ConfigReader config) =>
        CommonConfig.WithAttentionBias(CommonConfig.Read(config, new CommonDefaults { Epsilon = 1e-5, Theta = 5e5 }), config) with
        {
            PreNorms = false,
            PostNorms = true,
            QueryKeyNorm = QueryKeyNorm.Whole,
        };
}
