namespace Simper.Models.Families;

/// <summary>StableLM: Llama with layer norms, a quarter of each head rotated, and, in some, a norm for every head.</summary>
internal static class StableLm
{
    public static Family Family { get; } =
        new(
            "stablelm",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        KeyValueHeads = 32,
                        MaxPositions = 4096,
                        EpsilonKey = "layer_norm_eps",
                        Epsilon = 1e-5,
                        RotaryShare = 0.25,
                    }
                );
                bool isParallel = config.Flag("use_parallel_residual", otherwise: false);
                return shape with
                {
                    QueryKeyValueBias = config.Flag("use_qkv_bias", otherwise: false),
                    QueryKeyNorm = config.Flag("qk_layernorm", otherwise: false) ? QueryKeyNorm.OwnHead : QueryKeyNorm.None,
                    NormsCenter = true,
                    NormBias = true,
                    ParallelBlocks = isParallel,
                    SharedNorm = isParallel,
                };
            },
            CommonNames.Llama with
            {
                QueryNorm = "model.layers.{0}.self_attn.q_layernorm.norms.{1}",
                KeyNorm = "model.layers.{0}.self_attn.k_layernorm.norms.{1}",
            }
        );
}
