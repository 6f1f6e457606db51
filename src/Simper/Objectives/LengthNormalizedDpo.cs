using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// DPO on log-ratios per token (TRL's <c>sigmoid_norm</c>):
/// <c>L = -log σ(β (f(Δ(chosen)) / |chosen| - f(Δ(rejected)) / |rejected|))</c>.
/// </summary>
public sealed record LengthNormalizedDpo : ReferenceObjective
{
    public static ObjectiveKind<LengthNormalizedDpo> Kind { get; } =
        new(new LengthNormalizedDpo(), [.. SharedKeys<LengthNormalizedDpo>()]);

    public override string Name => "sigmoid_norm";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        -LogSigmoid(Beta * (chosen / scores.ChosenTokens - rejected / scores.RejectedTokens));
}
