using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// The hinge loss on DPO's rewards (SLiC-HF, Zhao et al. 2023, with a reference; TRL's <c>hinge</c>):
/// <c>L = max(0, 1 - β (Δ(chosen) - Δ(rejected)))</c>.
/// </summary>
public sealed record HingeDpo : ReferenceObjective
{
    public static ObjectiveKind<HingeDpo> Kind { get; } = new(new HingeDpo(), [.. SharedKeys<HingeDpo>()]);

    public override string Name => "hinge";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) => (1 - Beta * (chosen - rejected)).Relu();
}
