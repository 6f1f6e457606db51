using Simper.Evaluation;
using Simper.Objectives;

namespace Simper.Reports;

/// <summary>
/// The comparison of two evaluations of the same held-out pairs by one figure: both values, their difference, and its
/// significance.
/// </summary>
/// <param name="Name">The figure.</param>
/// <param name="First">Its value in the first evaluation, the baseline, with its 95 % interval.</param>
/// <param name="Second">And in the second.</param>
/// <param name="Difference">Paired.</param>
public sealed record Finding(string Name, Estimate First, Estimate Second, PairedDifference Difference)
{
    /// <summary>Whether larger is better; null where it is neither good nor bad by itself.</summary>
    public bool? HigherIsBetter { get; init; }

    /// <summary>Whether it is a proportion, to be shown in percent.</summary>
    public bool IsShare { get; init; }

    /// <summary>Whether the interval of the difference excludes 0, and there are enough pairs to say so.</summary>
    public bool IsShown => Difference.IsAbove || Difference.IsBelow;

    /// <summary>All figures of pairs that have both evaluations; those of rejected answers only where there are any.</summary>
    /// <param name="rows">The pairs.</param>
    /// <param name="rewards">Whether rewards and losses are compared; those of different objectives have no common scale, and the
    /// mean log-probs decide which answer is preferred.</param>
    public static IReadOnlyList<Finding> Of(IReadOnlyList<PairedRow> rows, bool rewards = true)
    {
        var findings = new List<Finding>();
        PairedRow[] pairs = [.. rows.Where(r => r.First.IsPair && r.Second.IsPair)];
        if (pairs.Length > 0)
        {
            Func<PairRecord, bool> isRight = rewards ? r => r.IsRight : r => r.ChosenMean > r.RejectedMean;
            bool[] first = [.. pairs.Select(r => isRight(r.First))];
            bool[] second = [.. pairs.Select(r => isRight(r.Second))];
            // A policy that still equals its reference has rewards of 0 and no pair right, which anything would improve on. Its
            // baseline is chance.
            bool isChance =
                rewards
                && pairs.All(r =>
                    PreferenceMetrics.IsTie(
                        r.First.Margin,
                        r.First.ChosenMean * r.First.ChosenTokens,
                        r.First.RejectedMean * r.First.RejectedTokens
                    )
                );
            Estimate before = isChance ? new Estimate(0.5, new Interval(0.5, 0.5)) : Estimate.OfShare(first);
            PairedDifference difference = isChance
                ? PairedDifference.Of([.. first.Select(_ => 0.5)], [.. second.Select(right => right ? 1.0 : 0.0)])
                : PairedDifference.Of(first, second);
            findings.Add(
                new Finding(
                    rewards ? "reward accuracy" : "accuracy by mean log-prob",
                    before,
                    Estimate.OfShare(second),
                    difference
                )
                {
                    HigherIsBetter = true,
                    IsShare = true,
                }
            );
            Add(
                rewards ? "reward margin" : "margin of mean log-probs",
                rewards ? r => r.Margin : r => r.ChosenMean - r.RejectedMean,
                true
            );
        }
        Add("mean log-prob, chosen", r => r.ChosenMean, true);
        Add("mean log-prob, rejected", r => r.RejectedMean, null);
        Add("inverse perplexity, chosen", r => Math.Exp(r.ChosenMean), true);
        Add("inverse perplexity, rejected", r => Math.Exp(r.RejectedMean), false);
        // else it is not a mean over pairs
        if (rewards && rows.All(r => r.First is { Weight: 1, Share: 1 } && r.Second is { Weight: 1, Share: 1 }))
            Add("loss", r => r.Loss, false);
        return findings;

        // Of the rows that have the figure: single answers have only one side.
        void Add(string name, Func<PairRecord, double> figure, bool? higherIsBetter)
        {
            (double First, double Second)[] both =
            [
                .. rows.Select(r => (First: figure(r.First), Second: figure(r.Second)))
                    .Where(f => double.IsFinite(f.First) && double.IsFinite(f.Second)),
            ];
            if (both.Length == 0)
                return;
            double[] first = [.. both.Select(f => f.First)];
            double[] second = [.. both.Select(f => f.Second)];
            findings.Add(
                new Finding(name, Estimate.OfMean(first), Estimate.OfMean(second), PairedDifference.Of(first, second))
                {
                    HigherIsBetter = higherIsBetter,
                }
            );
        }
    }
}
