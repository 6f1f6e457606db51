namespace Simper.Models.Families;

/// <summary>Granite: Llama with multipliers of embeddings, scores, residual branches and logits.</summary>
internal static class Granite
{
    public static Family Family { get; } =
        new(
            "granite",
            config =>
                CommonConfig.WithAttentionBias(CommonConfig.Read(config), config) with
                {
                    MlpBias = config.Flag("mlp_bias", otherwise: false),
                    EmbeddingScale = config.Number("embedding_multiplier", 1),
                    AttentionScale = config.Number("attention_multiplier", 1),
                    ResidualScale = config.Number("residual_multiplier", 1),
                    LogitScale = 1 / config.Number("logits_scaling", 1),
                },
            CommonNames.Llama
        );
}
