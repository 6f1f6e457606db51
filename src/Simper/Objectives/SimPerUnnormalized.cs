using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// SimPER without its length normalisation, an ablation of the paper (its table 4): <c>L = -π(chosen) + π(rejected)</c>.
/// Answers of more than a few tokens have probabilities near 0, and so gradients near 0. Rewards are the sums of log-probs.
/// </summary>
public sealed record SimPerUnnormalized : SeparableObjective
{
    public static ObjectiveKind<SimPerUnnormalized> Kind { get; } = new(new SimPerUnnormalized());

    public override string Name => "simper_unnormalized";

    protected override Column Merit(PairScores scores) => scores.Sums.Exp();

    protected override Column Rewards(PairScores scores) => scores.Sums;
}
