using MathNet.Numerics.Statistics;
using Simper.Objectives;

namespace Simper.Analysis;

/// <summary>
/// How hard one objective would push each pair of a data set in a step over all of them: |dL / d log π(chosen)| + |dL / d log
/// π(rejected)|, scaled so that the mean over the pairs is 1. Each token's log-prob is pushed by this much. Immutable.
/// </summary>
public sealed record LensColumn
{
    // Rounding error between weights that are equal.
    private const double Equal = 1e-9;

    private LensColumn(string name, IReadOnlyList<PairOutcome> outcomes, double[] weights) =>
        (Name, Outcomes, Weights) = (name, outcomes, weights);

    /// <summary>The objective, as the user wrote it.</summary>
    public string Name { get; }

    /// <summary>The objective's outcome for each pair.</summary>
    public IReadOnlyList<PairOutcome> Outcomes { get; }

    /// <summary>The push on each pair, 1 on average; all 0 where the objective pushes none.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>Whether all pairs are pushed equally, so that they have no order.</summary>
    public bool IsConstant => Weights.Max() - Weights.Min() <= Equal;

    /// <summary>Evaluates an objective on pairs.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="pairs">At least one pair.</param>
    /// <param name="pairsPerBatch">Pairs per batch, for objectives that couple the pairs of a batch.</param>
    /// <exception cref="SimperException">The objective is not over pairs, needs more than sums of log-probs, or has no finite
    /// gradient on a pair.</exception>
    public static LensColumn Of(string name, Objective objective, IReadOnlyList<PairLogProbs> pairs, int pairsPerBatch = 8)
    {
        PairOutcome[] outcomes =
        [
            .. pairs
                .Chunk(objective.IsBatchDependent ? pairsPerBatch : pairs.Count)
                .SelectMany(batch => PairLogProbs.Differentiate(objective, batch)),
        ];
        // A pair's share of a step's loss is proportional to its weight.
        double[] pushes = [.. outcomes.Select(o => (Math.Abs(o.ChosenGradient) + Math.Abs(o.RejectedGradient)) * o.Weight)];
        if (Array.FindIndex(pushes, p => !double.IsFinite(p)) is >= 0 and var bad)
            throw new SimperException(
                $"{name}: its gradient is not finite on row {outcomes[bad].Row}; choose other hyperparameters."
            );
        double mean = pushes.Average();
        return new LensColumn(name, outcomes, mean > 0 ? [.. pushes.Select(p => p / mean)] : pushes);
    }

    /// <summary>The weight below which a given share (0 to 1) of the pairs falls.</summary>
    public double Quantile(double share) => Weights.Quantile(share);

    /// <summary>
    /// The effective sample size (Kish 1965) as a share of the pairs: 1 where all are pushed equally.
    /// </summary>
    public double EffectiveShare =>
        Weights.Sum(w => w * w) is > 0 and var squares ? Weights.Sum() * Weights.Sum() / (squares * Weights.Count) : 0;

    /// <summary>
    /// The share of the total push that falls on the tenth of the pairs pushed hardest, rounded up to whole pairs.
    /// </summary>
    public double TopTenthShare =>
        Weights.Sum() is > 0 and var all ? Weights.OrderDescending().Take((Weights.Count + 9) / 10).Sum() / all : 0;

    /// <summary>
    /// Spearman's rank correlation with another objective on the same pairs; null where one of the two pushes all pairs equally.
    /// </summary>
    public double? RankCorrelation(LensColumn other) =>
        IsConstant || other.IsConstant ? null : Correlation.Spearman(Weights, other.Weights);

    /// <summary>
    /// The normalised rank of each pair by push, 0 for the least to 1 for the hardest; ties share their mean rank.
    /// </summary>
    public IReadOnlyList<double> Places() =>
        [.. Weights.Ranks(RankDefinition.Average).Select(r => Weights.Count == 1 ? 0.5 : (r - 1) / (Weights.Count - 1))];
}
