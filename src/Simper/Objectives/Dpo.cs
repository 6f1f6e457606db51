using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Direct preference optimization (Rafailov et al. 2023, eq. 7; TRL's <c>sigmoid</c>):
/// <code>L = -log σ(β (Δ(chosen) - Δ(rejected))),</code>
/// with sums of log-probs.
/// </summary>
public sealed record Dpo : ReferenceObjective
{
    public static ObjectiveKind<Dpo> Kind { get; } = new(new Dpo(), [.. SharedKeys<Dpo>()]) { Aliases = ["sigmoid"] };

    public override string Name => "dpo";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) => -LogSigmoid(Beta * (chosen - rejected));
}
