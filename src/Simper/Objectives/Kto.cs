using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Kahneman-Tversky optimization (KTO, Ethayarajh et al. 2024, eq. 8; TRL's <c>KTOTrainer</c>):
/// <code>L = λ_D (1 - σ(β (Δ - z))) for a good answer, λ_U (1 - σ(β (z - Δ))) for a bad one.</code>
/// z, the distance of policy and reference, is estimated by the mean Δ of the batch's prompts with mismatched answers, clamped
/// at 0 and detached from the gradient. So the order of rows and the size of a batch are part of the loss.
/// </summary>
public sealed record Kto : UnpairedObjective
{
    public static ObjectiveKind<Kto> Kind { get; } = new(new Kto(), SharedKeys<Kto>());

    public override string Name => "kto";

    public override PreferenceKind Takes => PreferenceKind.Mismatched;

    public override bool IsBatchDependent => true;

    public override PairLoss Evaluate(PairScores scores)
    {
        Column ratios = scores.LogRatios;
        Column own = scores.Chosen(ratios);
        Column sign = scores.Chosen(scores.Weights).Sign();
        Column distance = scores.Rejected(ratios).Detach().Mean().AtLeast(0); // second answers are the mismatched ones
        Column loss = LabelWeights(scores) * (1 - (sign * Beta * (own - distance)).Sigmoid());
        return new PairLoss(loss, Beta * ratios) { Figures = [("kl", distance)] };
    }
}
