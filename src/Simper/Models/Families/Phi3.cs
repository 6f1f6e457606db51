namespace Simper.Models.Families;

/// <summary>Phi-3, 3.5 and 4-mini: Llama with fused matrices, and rotations for long contexts.</summary>
internal static class Phi3
{
    public static Family Family { get; } =
        new(
            "phi3",
            config =>
            {
                config.Ignore("original_max_position_embeddings");
                DecoderShape shape = CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        MaxPositions = 4096,
                        Epsilon = 1e-5,
                        RotaryShare = 1,
                    }
                );
                return shape with
                {
                    Windows = CommonConfig.Windows(config, shape.Layers, CommonConfig.Window(config, 0), _ => true),
                };
            },
            CommonNames.Llama with
            {
                QueryKeyValue = "model.layers.{0}.self_attn.qkv_proj",
                GateUp = "model.layers.{0}.mlp.gate_up_proj",
            }
        );
}
