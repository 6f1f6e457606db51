namespace Simper.Models.Families;

/// <summary>Llama 1 to 3 and everything published under that type (SmolLM2, TinyLlama, ...).</summary>
internal static class Llama
{
    public static Family Family { get; } =
        new(
            "llama",
            config =>
            {
                bool hasBiases = config.Flag("attention_bias", otherwise: false);
                return CommonConfig.Read(config) with
                {
                    QueryKeyValueBias = hasBiases,
                    OutputBias = hasBiases,
                    MlpBias = config.Flag("mlp_bias", otherwise: false),
                };
            },
            CommonNames.Llama
        );
}
