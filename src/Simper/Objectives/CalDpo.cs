using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Cal-DPO (Xiao et al. 2024), as in its code: the log-ratios are calibrated to ±1/(2β),
/// <code>L = -log σ(Δ(chosen) - Δ(rejected)) + ½ ((Δ(chosen) - 1/(2β))² + (Δ(rejected) + 1/(2β))²).</code>
/// There is no β inside the σ.
/// </summary>
public sealed record CalDpo : ReferenceObjective
{
    public static ObjectiveKind<CalDpo> Kind { get; } = new(new CalDpo(), [.. SharedKeys<CalDpo>()]);

    /// <summary>With β = 0.001, as in the authors' configurations.</summary>
    public CalDpo() => Beta = 0.001;

    public override string Name => "cal_dpo";

    protected override bool TakesDivergence => false;

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        -LogSigmoid(chosen - rejected) + 0.5 * ((chosen - 0.5 / Beta).Square() + (rejected + 0.5 / Beta).Square());
}
