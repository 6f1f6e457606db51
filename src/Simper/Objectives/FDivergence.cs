using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// The divergence that holds the policy to its reference (f-DPO, Wang et al. 2024; TRL's <c>f_divergence_type</c>): the function
/// applied to a log-ratio Δ before chosen and rejected are compared. TRL's constants are kept: they cancel in differences, but
/// not where lengths divide it first.
/// </summary>
public enum FDivergence
{
    /// <summary>Δ: DPO itself (<c>reverse_kl</c>).</summary>
    ReverseKl,

    /// <summary>1 - e^-Δ (<c>forward_kl</c>).</summary>
    ForwardKl,

    /// <summary>log 2 + log σ(Δ) (<c>js_divergence</c>).</summary>
    JensenShannon,

    /// <summary>(e^((α - 1) Δ) - 1) / (α - 1); Δ at α = 1 (<c>alpha_divergence</c>).</summary>
    Alpha,
}

/// <summary>The maps of the divergences.</summary>
internal static class FDivergences
{
    /// <summary>TRL's names, in order.</summary>
    public static IReadOnlyList<string> Words { get; } = ["reverse_kl", "forward_kl", "js_divergence", "alpha_divergence"];

    /// <summary>e^80 is about the largest power that still leaves headroom in a float32; TRL's clamp.</summary>
    private const double LargestExponent = 80;

    /// <summary>The score of log-ratios.</summary>
    public static Column Score(this FDivergence divergence, Column logRatios, double alpha) =>
        divergence switch
        {
            FDivergence.ReverseKl => logRatios,
            FDivergence.ForwardKl => 1 - (-logRatios).Exp(),
            FDivergence.JensenShannon => Math.Log(2) + logRatios.LogSigmoid(),
            _ when alpha == 1 => logRatios,
            _ => (((alpha - 1) * logRatios).AtMost(LargestExponent).Exp() - 1) / (alpha - 1),
        };
}
