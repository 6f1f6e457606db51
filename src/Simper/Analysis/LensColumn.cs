using MathNet.Numerics.Statistics;
using Simper.Objectives;

namespace Simper.Analysis;

/// <summary>
/// How hard one objective would push each pair of a data set in a step over all of them: |dL / d log π(chosen)| + |dL / d log
/// π(rejected)|, so scaled that the mean over the pairs is 1. It is what each token's log-prob is pushed by. Immutable.
/// </summary>
public sealed record LensColumn
{
    // What rounding leaves between weights that are equal.
    private const double Equal = 1e-9;

    private LensColumn(string name, IReadOnlyList<PairOutcome> outcomes, double[] weights) =>
        (Name, Outcomes, Weights) = (name, outcomes, weights);

    /// <summary>The objective, as it was asked for.</summary>
    public string Name { get; }

    /// <summary>What the objective says of each pair.</summary>
    public IReadOnlyList<PairOutcome> Outcomes { get; }

    /// <summary>The push at each pair, 1 on the average; all 0 where the objective pushes none.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>Whether all pairs are pushed alike, so that there is no order among them.</summary>
    public bool IsConstant => Weights.Max() - Weights.Min() <= Equal;

    /// <summary>Puts pairs to an objective.</summary>
    /// <param name="name">What to call it.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="pairs">At least one.</param>
    /// <param name="pairsPerBatch">How many a batch holds, where the objective ties together the pairs of a batch.</param>
    /// <exception cref="SimperException">The objective is not over pairs, sees more than sums of log-probs, or has no finite
    /// gradient on a pair.</exception>
    public static LensColumn Of(string name, Objective objective, IReadOnlyList<PairLogProbs> pairs, int pairsPerBatch = 8)
    {
        PairOutcome[] outcomes =
        [
            .. pairs
                .Chunk(objective.IsBatchDependent ? pairsPerBatch : pairs.Count)
                .SelectMany(batch => PairLogProbs.Differentiate(objective, batch)),
        ];
        // By its weight a pair counts in the loss of a step.
        double[] pushes = [.. outcomes.Select(o => (Math.Abs(o.ChosenGradient) + Math.Abs(o.RejectedGradient)) * o.Weight)];
        if (Array.FindIndex(pushes, p => !double.IsFinite(p)) is >= 0 and var bad)
            throw new SimperException(
                $"{name}: its gradient is not finite on row {outcomes[bad].Row}; choose other hyperparameters."
            );
        double mean = pushes.Average();
        return new LensColumn(name, outcomes, mean > 0 ? [.. pushes.Select(p => p / mean)] : pushes);
    }

    /// <summary>The weight below which a share of the pairs lies, 0 to 1.</summary>
    public double Quantile(double share) => Weights.Quantile(share);

    /// <summary>
    /// To how many equally pushed pairs the pairs are worth (Kish 1965), as a share of them: 1 where all are pushed alike.
    /// </summary>
    public double EffectiveShare =>
        Weights.Sum(w => w * w) is > 0 and var squares ? Weights.Sum() * Weights.Sum() / (squares * Weights.Count) : 0;

    /// <summary>
    /// What share of all pushing falls on the tenth of the pairs that are pushed hardest, rounded up to whole pairs.
    /// </summary>
    public double TopTenthShare =>
        Weights.Sum() is > 0 and var all ? Weights.OrderDescending().Take((Weights.Count + 9) / 10).Sum() / all : 0;

    /// <summary>
    /// Spearman's rank correlation with another objective on the same pairs; null where one of the two pushes all pairs alike.
    /// </summary>
    public double? RankCorrelation(LensColumn other) =>
        IsConstant || other.IsConstant ? null : Correlation.Spearman(Weights, other.Weights);

    /// <summary>
    /// The place of each pair in the order of pushes, 0 for the least to 1 for the hardest; equal ones share the middle of their
    /// places.
    /// </summary>
    public IReadOnlyList<double> Places() =>
        [.. Weights.Ranks(RankDefinition.Average).Select(r => Weights.Count == 1 ? 0.5 : (r - 1) / (Weights.Count - 1))];
}
