namespace Simper.Models.Families;

/// <summary>Llama 1 to 3 and everything published under that type (SmolLM2, TinyLlama, ...).</summary>
internal static class Llama
{
    public static Family Family { get; } =
        new(
            "llama",
            config =>
                CommonConfig.WithAttentionBias(CommonConfig.Read(config), config) with
                {
                    MlpBias = config.Flag("mlp_bias", otherwise: false),
                },
            CommonNames.Llama
        );
}
