using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>A loss over single answers, each good or bad, with a reference. Rewards are β Δ.</summary>
public abstract record UnpairedObjective : Objective
{
    /// <summary>β, how far the policy may move from the reference; above 0.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>λ_D, the weight of a good answer (<c>desirable_weight</c>).</summary>
    public double DesirableWeight { get; init; } = 1;

    /// <summary>λ_U, the weight of a bad answer (<c>undesirable_weight</c>).</summary>
    public double UndesirableWeight { get; init; } = 1;

    public sealed override bool NeedsReference => true;

    public override PreferenceKind Takes => PreferenceKind.Unpaired;

    /// <summary>λ_D or λ_U for the first answer of each group [P], by the sign of its weight.</summary>
    protected Column LabelWeights(PairScores scores)
    {
        Column good = scores.Chosen(scores.Weights).IsAbove(0);
        return DesirableWeight * good + UndesirableWeight * (1 - good);
    }

    /// <summary>The keys common to all subclasses.</summary>
    internal static IReadOnlyList<Hyperparameter<T>> SharedKeys<T>()
        where T : UnpairedObjective =>
        [
            new("beta", (o, v) => o with { Beta = v!.Value }, o => o.Beta)
            {
                Meaning = "scale of the margin between the answers",
                Low = 1e-6,
            },
            new("desirable_weight", (o, v) => o with { DesirableWeight = v!.Value }, o => o.DesirableWeight)
            {
                Meaning = "weight of good answers",
            },
            new("undesirable_weight", (o, v) => o with { UndesirableWeight = v!.Value }, o => o.UndesirableWeight)
            {
                Meaning = "weight of bad answers",
            },
        ];
}
