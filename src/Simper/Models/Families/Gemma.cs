using Simper.Kernels;

namespace Simper.Models.Families;

/// <summary>Gemma 1: norms with weights stored minus one, scaled embeddings, a GELU gate.</summary>
internal static class Gemma
{
    public static Family Family { get; } =
        new(
            "gemma",
            config => CommonConfig.WithAttentionBias(Read(config, new CommonDefaults { KeyValueHeads = 16 }), config),
            CommonNames.Llama
        );

    /// <summary>What all Gemmas share.</summary>
    public static DecoderShape Read(ConfigReader config, CommonDefaults defaults)
    {
        config.Ignore("hidden_act", "hidden_activation");
        DecoderShape shape = CommonConfig.Read(
            config,
            defaults with
            {
                HeadWidth = 256,
                ActivationKey = config.Has("hidden_activation") ? "hidden_activation" : "hidden_act",
                Activation = "gelu_pytorch_tanh",
                IsTied = true,
                MaxPositions = 8192,
            }
        );
        return shape with
        {
            NormOffset = 1,
            Activation = Activation.GeluTanh, // also where the config says "gelu"
            EmbeddingScale = Math.Sqrt(shape.Width),
        };
    }
}
