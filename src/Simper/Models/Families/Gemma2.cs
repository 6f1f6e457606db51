using Simper.Kernels;

namespace Simper.Models.Families;

/// <summary>
/// Gemma 2: norms before and after attention and MLP, with weights stored minus one; capped scores and logits; a sliding window
/// in every other layer, starting with the first; scaled embeddings.
/// </summary>
internal static class Gemma2
{
    public static Family Family { get; } =
        new(
            "gemma2",
            config =>
            {
                bool hasBiases = config.Flag("attention_bias", otherwise: false);
                DecoderShape shape = CommonConfig.Read(
                    config,
                    headWidth: 256,
                    activation: config.Has("hidden_activation") ? "hidden_activation" : "hidden_act",
                    isTied: true,
                    maxPositions: 8192
                );
                return shape with
                {
                    QueryKeyValueBias = hasBiases,
                    OutputBias = hasBiases,
                    PostNorms = true,
                    NormOffset = 1,
                    Activation = Activation.GeluTanh, // also where the config says "gelu"
                    EmbeddingScale = Math.Sqrt(shape.Width),
                    AttentionScale = 1 / Math.Sqrt(config.Number("query_pre_attn_scalar", 256)),
                    ScoreCap = config.IsNull("attn_logit_softcapping") ? 0 : config.Number("attn_logit_softcapping", 50),
                    LogitCap = config.IsNull("final_logit_softcapping") ? 0 : config.Number("final_logit_softcapping", 30),
                    Windows = CommonConfig.Windows(
                        config,
                        shape.Layers,
                        config.IsNull("sliding_window") ? 0 : config.Count("sliding_window", 4096),
                        layer => layer % 2 == 0
                    ),
                };
            },
            CommonNames.Llama with
            {
                AttentionPostNorm = "model.layers.{0}.post_attention_layernorm",
                MlpNorm = "model.layers.{0}.pre_feedforward_layernorm",
                MlpPostNorm = "model.layers.{0}.post_feedforward_layernorm",
            }
        );
}
