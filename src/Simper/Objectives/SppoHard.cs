using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Self-play preference optimization with hard labels (SPPO, Wu et al. 2024; TRL's <c>sppo_hard</c>):
/// <code>L = (Δ(chosen) - 1/(2β))² + (Δ(rejected) + 1/(2β))².</code>
/// </summary>
public sealed record SppoHard : ReferenceObjective
{
    public static ObjectiveKind<SppoHard> Kind { get; } = new(new SppoHard(), [.. SharedKeys<SppoHard>()]);

    public override string Name => "sppo_hard";

    protected override bool HasSeparableLoss => true;

    protected override bool TakesDivergence => false;

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        (chosen - 0.5 / Beta).Square() + (rejected + 0.5 / Beta).Square();
}
