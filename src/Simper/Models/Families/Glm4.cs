namespace Simper.Models.Families;

/// <summary>GLM-4: norms before and after attention and MLP; half of each head is rotated, in neighbouring pairs.</summary>
internal static class Glm4
{
    public static Family Family { get; } =
        new(
            "glm4",
            config =>
                CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        HeadWidth = 128,
                        KeyValueHeads = 2,
                        MaxPositions = 131072,
                        Epsilon = 1.5625e-7,
                        RotaryShare = 0.5,
                    }
                ) with
                {
                    QueryKeyValueBias = config.Flag("attention_bias", otherwise: false),
                    PostNorms = true,
                },
            CommonNames.Llama with
            {
                AttentionPostNorm = "model.layers.{0}.post_self_attn_layernorm",
                MlpPostNorm = "model.layers.{0}.post_mlp_layernorm",
                GateUp = "model.layers.{0}.mlp.gate_up_proj",
                PairsNeighbours = true,
            }
        );
}
