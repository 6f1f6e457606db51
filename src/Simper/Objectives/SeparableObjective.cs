using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// A loss that is a sum of one term per answer, each times the answer's weight. It needs no pairs: single answers, and any number
/// of ranked or graded ones, are valid rows (beyond pairs: Simper's extension), and answers can be run one at a time.
/// </summary>
public abstract record SeparableObjective : Objective
{
    public sealed override bool IsSeparable => true;

    public sealed override PreferenceKind Takes => PreferenceKind.Weighted;

    /// <summary>What is raised for good answers and lowered for bad ones [A], with gradient.</summary>
    protected abstract Column Merit(PairScores scores);

    /// <summary>The rewards to report [A].</summary>
    protected abstract Column Rewards(PairScores scores);

    public sealed override PairLoss Evaluate(PairScores scores) =>
        new(scores.SumByGroup(-scores.Weights * Merit(scores)), Rewards(scores));
}
