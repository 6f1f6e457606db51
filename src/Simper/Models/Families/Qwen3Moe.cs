namespace Simper.Models.Families;

/// <summary>Qwen3-MoE: Qwen3 with experts in all layers, or in every few.</summary>
internal static class Qwen3Moe
{
    public static Family Family { get; } =
        new(
            "qwen3_moe",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(config, new CommonDefaults { KeyValueHeads = 4, MaxPositions = 32768 });
                return CommonConfig.WithAttentionBias(shape, config) with
                {
                    QueryKeyNorm = QueryKeyNorm.Head,
                    Windows = CommonConfig.Windows(config, shape.Layers, Qwen2.Window(config), _ => true),
                    Experts = Experts(config, shape.Layers),
                };
            },
            Qwen3.Names with
            {
                Router = "model.layers.{0}.mlp.gate",
                ExpertGate = "model.layers.{0}.mlp.experts.{1}.gate_proj",
                ExpertUp = "model.layers.{0}.mlp.experts.{1}.up_proj",
                ExpertDown = "model.layers.{0}.mlp.experts.{1}.down_proj",
            }
        );

    private static ExpertShape Experts(ConfigReader config, int layers)
    {
        int step = config.Count("decoder_sparse_step", 1);
        double[] dense = config.Has("mlp_only_layers") ? config.Numbers("mlp_only_layers") : [];
        return new ExpertShape
        {
            // published so; transformers 5 saves the other
            Count = config.Has("num_experts") ? config.Parts("num_experts") : config.Parts("num_local_experts", 128),
            Chosen = config.Count("num_experts_per_tok", 8),
            InnerWidth = config.Count("moe_intermediate_size", 768),
            IsNormalised = config.Flag("norm_topk_prob", otherwise: false),
            Sparse = [.. Enumerable.Range(0, layers).Select(layer => (layer + 1) % step == 0 && !dense.Contains(layer))],
            LossCoefficient = CommonConfig.RouterLoss(config, 0.001),
        };
    }
}
