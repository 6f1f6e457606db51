namespace Simper.Models.Families;

/// <summary>Mixtral: Mistral with experts in every layer.</summary>
internal static class Mixtral
{
    public static Family Family { get; } =
        new(
            "mixtral",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        KeyValueHeads = 8,
                        MaxPositions = 131072,
                        Epsilon = 1e-5,
                        Theta = 1e6,
                    }
                );
                return shape with
                {
                    Windows = CommonConfig.Windows(config, shape.Layers, CommonConfig.Window(config, 0), _ => true),
                    Experts = new ExpertShape
                    {
                        Count = config.Parts("num_local_experts", 8),
                        Chosen = config.Count("num_experts_per_tok", 2),
                        InnerWidth = shape.InnerWidth,
                        LossCoefficient = CommonConfig.RouterLoss(config, 0.001),
                    },
                };
            },
            CommonNames.Llama with
            {
                Router = "model.layers.{0}.block_sparse_moe.gate",
                ExpertGate = "model.layers.{0}.block_sparse_moe.experts.{1}.w1",
                ExpertUp = "model.layers.{0}.block_sparse_moe.experts.{1}.w3",
                ExpertDown = "model.layers.{0}.block_sparse_moe.experts.{1}.w2",
            }
        );
}
