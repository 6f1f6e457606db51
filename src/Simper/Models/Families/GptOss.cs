using Simper.Kernels;

namespace Simper.Models.Families;

/// <summary>gpt-oss: experts with biases and a clamped gate, attention sinks, a window in every other layer.</summary>
internal static class GptOss
{
    private static RotaryKind DefaultRotary { get; } =
        new RotaryKind.Yarn
        {
            Theta = 150000,
            Factor = 32,
            OriginalMaxPositions = 4096,
            Truncate = false,
        };

    public static Family Family { get; } =
        new(
            "gpt_oss",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        HeadWidth = 64,
                        KeyValueHeads = 8,
                        MaxPositions = 131072,
                        Epsilon = 1e-5,
                        Theta = 150000,
                    }
                );
                bool hasBiases = config.Flag("attention_bias", otherwise: true);
                config.Ignore("experts_per_token"); // published beside num_experts_per_tok, which counts
                bool saysRotary = config.Has("rope_scaling") || config.Has("rope_parameters");
                return shape with
                {
                    Rotary = saysRotary ? shape.Rotary : DefaultRotary with { Theta = shape.Rotary.Theta },
                    QueryKeyValueBias = hasBiases,
                    OutputBias = hasBiases,
                    AttentionSinks = true,
                    Windows = CommonConfig.Windows(
                        config,
                        shape.Layers,
                        CommonConfig.Window(config, 128),
                        layer => layer % 2 == 0
                    ),
                    Experts = new ExpertShape
                    {
                        Count = config.Parts("num_local_experts", 128),
                        Chosen = config.Count(config.Has("num_experts_per_tok") ? "num_experts_per_tok" : "experts_per_token", 4),
                        InnerWidth = shape.InnerWidth,
                        HasBias = true,
                        Clamp = new GateClamp(config.Number("swiglu_limit", 7), config.Number("swiglu_alpha", 1.702)),
                        LossCoefficient = CommonConfig.RouterLoss(config, 0.9),
                    },
                };
            },
            CommonNames.Llama with
            {
                Sinks = "model.layers.{0}.self_attn.sinks",
                Router = "model.layers.{0}.mlp.router",
                ExpertsGateUp = "model.layers.{0}.mlp.experts.gate_up_proj",
                ExpertsDown = "model.layers.{0}.mlp.experts.down_proj",
            }
        );
}
