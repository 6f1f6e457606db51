using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// SimPER without the exponential: <c>L = -mean log π(chosen) + mean log π(rejected)</c>, supervised learning of the chosen
/// answer and unlearning of the rejected one. Not bounded below: a negative control. Rewards are the mean log-probs.
/// </summary>
public sealed record SimPerLinear : SeparableObjective
{
    public static ObjectiveKind<SimPerLinear> Kind { get; } = new(new SimPerLinear());

    public override string Name => "simper_linear";

    public override bool ReportsMeanLogProbs => true;

    protected override Column Merit(PairScores scores) => scores.Means;

    protected override Column Rewards(PairScores scores) => scores.Means;
}
