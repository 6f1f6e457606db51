using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// SimPER with a reference model, an ablation of the paper (its table 4): <c>L = -exp(mean log π/π_ref(chosen)) + exp(mean log
/// π/π_ref(rejected))</c>, the natural form; how the paper includes the reference is not known. Not bounded above. Rewards are
/// the mean log-ratios.
/// </summary>
public sealed record SimPerWithReference : SeparableObjective
{
    public static ObjectiveKind<SimPerWithReference> Kind { get; } = new(new SimPerWithReference());

    public override string Name => "simper_with_reference";

    public override bool NeedsReference => true;

    public override bool ReportsMeanLogProbs => true;

    protected override Column Merit(PairScores scores) => Rewards(scores).Exp();

    protected override Column Rewards(PairScores scores) => scores.LogRatios / scores.Tokens;
}
