using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Anchored preference optimization, down (APO, D'Oosterlinck et al. 2024, eq. 8; TRL's <c>apo_down</c>): lowers both answers,
/// the rejected one more, <c>L = σ(βΔ(chosen)) + 1 - σ(β (Δ(chosen) - Δ(rejected)))</c>.
/// </summary>
public sealed record ApoDown : ReferenceObjective
{
    public static ObjectiveKind<ApoDown> Kind { get; } = new(new ApoDown(), [.. SharedKeys<ApoDown>()]);

    public override string Name => "apo_down";

    protected override bool TakesDivergence => false;

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        (Beta * chosen).Sigmoid() + 1 - (Beta * (chosen - rejected)).Sigmoid();
}
