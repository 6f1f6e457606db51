namespace Simper.Models.Families;

/// <summary>
/// GPT-NeoX and Pythia: layer norms, plain MLPs, biases everywhere, attention and MLP side by side; a quarter of each head is
/// rotated.
/// </summary>
internal static class GptNeoX
{
    public static Family Family { get; } =
        new(
            "gpt_neox",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        Activation = "gelu",
                        EpsilonKey = "layer_norm_eps",
                        Epsilon = 1e-5,
                    }
                );
                bool hasBiases = config.Flag("attention_bias", otherwise: true);
                return shape with
                {
                    KeyValueHeads = shape.Heads, // its fused matrix has as many, whatever num_key_value_heads says
                    Rotary = RotaryConfig.Read(config, thetaKey: "rotary_emb_base"),
                    RotaryWidth = RotaryConfig.Width(config, shape.HeadWidth, 0.25, "rotary_pct"),
                    QueryKeyValueBias = hasBiases,
                    OutputBias = hasBiases,
                    MlpBias = true,
                    NormsCenter = true,
                    NormBias = true,
                    PlainMlp = true,
                    ParallelBlocks = config.Flag("use_parallel_residual", otherwise: true),
                };
            },
            new NameMap
            {
                Embedding = "gpt_neox.embed_in",
                FinalNorm = "gpt_neox.final_layer_norm",
                Head = "embed_out",
                AttentionNorm = "gpt_neox.layers.{0}.input_layernorm",
                QueryKeyValue = "gpt_neox.layers.{0}.attention.query_key_value",
                Output = "gpt_neox.layers.{0}.attention.dense",
                MlpNorm = "gpt_neox.layers.{0}.post_attention_layernorm",
                Up = "gpt_neox.layers.{0}.mlp.dense_h_to_4h",
                Down = "gpt_neox.layers.{0}.mlp.dense_4h_to_h",
                HeadByHead = true,
                IgnoredEndings = [".attention.bias", ".attention.masked_bias", "rotary_emb.inv_freq"],
            }
        );
}
