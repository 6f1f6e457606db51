using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Anchored preference optimization, zero, on single answers (TRL's <c>KTOTrainer</c> with <c>apo_zero_unpaired</c>):
/// <code>L = λ_D (1 - σ(βΔ)) for a good answer, λ_U σ(βΔ) for a bad one.</code>
/// </summary>
public sealed record ApoZeroUnpaired : UnpairedObjective
{
    public static ObjectiveKind<ApoZeroUnpaired> Kind { get; } = new(new ApoZeroUnpaired(), SharedKeys<ApoZeroUnpaired>());

    public override string Name => "apo_zero_unpaired";

    public override bool IsSeparable => true;

    public override PairLoss Evaluate(PairScores scores)
    {
        Column ratios = scores.LogRatios;
        Column sign = scores.Chosen(scores.Weights).Sign();
        return new PairLoss(LabelWeights(scores) * (1 - (sign * Beta * scores.Chosen(ratios)).Sigmoid()), Beta * ratios);
    }
}
