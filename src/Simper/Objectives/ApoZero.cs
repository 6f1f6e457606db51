using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Anchored preference optimization, zero (APO, D'Oosterlinck et al. 2024, eq. 7; TRL's <c>apo_zero</c>): raises the chosen and
/// lowers the rejected answer, <c>L = 1 - σ(βΔ(chosen)) + σ(βΔ(rejected))</c>.
/// </summary>
public sealed record ApoZero : ReferenceObjective
{
    public static ObjectiveKind<ApoZero> Kind { get; } = new(new ApoZero(), [.. SharedKeys<ApoZero>()]);

    public override string Name => "apo_zero";

    protected override bool HasSeparableLoss => true;

    protected override bool TakesDivergence => false;

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        1 - (Beta * chosen).Sigmoid() + (Beta * rejected).Sigmoid();
}
