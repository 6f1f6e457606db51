using Simper.Kernels;

namespace Simper.Models;

/// <summary>The experts that take the MLP's place in sparse layers.</summary>
public sealed record ExpertShape
{
    /// <summary>How many there are (<c>num_local_experts</c>, <c>num_experts</c>).</summary>
    public required int Count { get; init; }

    /// <summary>How many a token goes through (<c>num_experts_per_tok</c>).</summary>
    public required int Chosen { get; init; }

    /// <summary>Inner width of one expert (<c>intermediate_size</c>, <c>moe_intermediate_size</c>).</summary>
    public required int InnerWidth { get; init; }

    /// <summary>Whether the weights of the chosen experts sum to one (<c>norm_topk_prob</c>).</summary>
    public bool IsNormalised { get; init; } = true;

    /// <summary>Biases of the router and of the experts (gpt-oss).</summary>
    public bool HasBias { get; init; }

    /// <summary>Limits of the gate (gpt-oss); null for a plain one.</summary>
    public GateClamp? Clamp { get; init; }

    /// <summary>For each layer, whether it is sparse; empty where all are.</summary>
    public IReadOnlyList<bool> Sparse { get; init; } = [];

    /// <summary>
    /// What the routers' auxiliary loss is multiplied with in training; 0 where the config does not ask for it
    /// (<c>router_aux_loss_coef</c> counts only with <c>output_router_logits</c>, as in transformers).
    /// </summary>
    public double LossCoefficient { get; init; }
}
