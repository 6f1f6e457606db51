namespace Simper.Models.Families;

/// <summary>StarCoder2: layer norms, plain MLPs, biases everywhere, rotations.</summary>
internal static class StarCoder2
{
    public static Family Family { get; } =
        new(
            "starcoder2",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        KeyValueHeads = 2,
                        Activation = "gelu_pytorch_tanh",
                        IsTied = true,
                        MaxPositions = 4096,
                        EpsilonKey = "norm_epsilon",
                        Epsilon = 1e-5,
                    }
                );
                bool hasBiases = config.Flag("use_bias", otherwise: true);
                if (config.Text("norm_type", "layer_norm") != "layer_norm")
                    throw config.Wrong("norm_type", "\"layer_norm\"");
                // published beside hidden_act and norm_epsilon, which count; and what is always so
                config.Ignore("activation_function", "layer_norm_epsilon", "scale_attn_weights", "mlp_type");
                return shape with
                {
                    QueryKeyValueBias = hasBiases,
                    OutputBias = hasBiases,
                    MlpBias = hasBiases,
                    NormsCenter = true,
                    NormBias = true,
                    PlainMlp = true,
                    Windows = CommonConfig.Windows(config, shape.Layers, CommonConfig.Window(config, 0), _ => true),
                };
            },
            CommonNames.Llama with
            {
                Gate = null,
                Up = "model.layers.{0}.mlp.c_fc",
                Down = "model.layers.{0}.mlp.c_proj",
            }
        );
}
