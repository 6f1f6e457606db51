namespace Simper.Models.Families;

/// <summary>
/// Gemma 3 (text): Gemma 2 with norms on queries and keys instead of capped scores, and five layers with a window, and a rotation
/// of their own, to one without.
/// </summary>
internal static class Gemma3
{
    public static Family Family { get; } =
        new(
            "gemma3_text",
            config =>
            {
                DecoderShape shape = Gemma.Read(config, new CommonDefaults { KeyValueHeads = 4 });
                config.Ignore("attn_logit_softcapping"); // as in transformers
                int pattern = CommonConfig.WindowPattern(config, 6);
                (RotaryKind full, RotaryKind window) = RotaryConfig.ReadBoth(config, 1e6, 1e4, "rope_local_base_freq");
                return CommonConfig.WithAttentionBias(shape, config) with
                {
                    PostNorms = true,
                    QueryKeyNorm = QueryKeyNorm.Head,
                    AttentionScale = 1 / Math.Sqrt(config.Number("query_pre_attn_scalar", 256)),
                    LogitCap = config.Has("final_logit_softcapping") ? config.Number("final_logit_softcapping") : 0,
                    Rotary = full,
                    WindowRotary = window,
                    Windows = CommonConfig.Windows(
                        config,
                        shape.Layers,
                        CommonConfig.Window(config, 4096),
                        layer => (layer + 1) % pattern != 0
                    ),
                };
            },
            Gemma2.Names with
            {
                QueryNorm = "model.layers.{0}.self_attn.q_norm",
                KeyNorm = "model.layers.{0}.self_attn.k_norm",
            }
        );
}
