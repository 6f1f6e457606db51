namespace Simper.Models.Families;

/// <summary>
/// Gemma 2: norms before and after attention and MLP; capped scores and logits; a sliding window in every other layer, starting
/// with the first.
/// </summary>
internal static class Gemma2
{
    public static NameMap Names { get; } =
        CommonNames.Llama with
        {
            AttentionPostNorm = "model.layers.{0}.post_attention_layernorm",
            MlpNorm = "model.layers.{0}.pre_feedforward_layernorm",
            MlpPostNorm = "model.layers.{0}.post_feedforward_layernorm",
        };

    public static Family Family { get; } =
        new(
            "gemma2",
            config =>
            {
                DecoderShape shape = Gemma.Read(config, new CommonDefaults { KeyValueHeads = 4 });
                return CommonConfig.WithAttentionBias(shape, config) with
                {
                    PostNorms = true,
                    AttentionScale = 1 / Math.Sqrt(config.Number("query_pre_attn_scalar", 256)),
                    ScoreCap = config.IsNull("attn_logit_softcapping") ? 0 : config.Number("attn_logit_softcapping", 50),
                    LogitCap = config.IsNull("final_logit_softcapping") ? 0 : config.Number("final_logit_softcapping", 30),
                    Windows = CommonConfig.Windows(
                        config,
                        shape.Layers,
                        CommonConfig.Window(config, 4096),
                        layer => layer % 2 == 0
                    ),
                };
            },
            Names
        );
}
