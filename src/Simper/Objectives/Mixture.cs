using Simper.Batching;
using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// A weighted sum of objectives over the same pairs (TRL's list of <c>loss_type</c> with <c>loss_weights</c>; MPO). Each part is
/// averaged as it would be alone, so a loss per token is a token mean over the batch. Rewards are those of the first part, as in
/// TRL.
/// </summary>
public sealed record Mixture : Objective
{
    /// <param name="parts">The parts with their weights. At least one; all over pairs, none a mixture.</param>
    /// <exception cref="ArgumentException">A part cannot be mixed.</exception>
    public Mixture(params IReadOnlyList<(Objective Objective, double Weight)> parts)
    {
        if (
            parts.Count == 0
            || parts.Any(p => p.Objective is Mixture || p.Objective.Takes is PreferenceKind.Unpaired or PreferenceKind.Mismatched)
        )
            throw new ArgumentException("A mixture has parts over pairs.", nameof(parts));
        Parts = parts;
    }

    /// <summary>The parts, with their weights.</summary>
    public IReadOnlyList<(Objective Objective, double Weight)> Parts { get; }

    public override string Name => string.Join('+', Parts.Select(p => p.Objective.Name));

    public override bool NeedsReference => Parts.Any(p => p.Objective.NeedsReference);

    public override bool UsesRejected => Parts.Any(p => p.Objective.UsesRejected);

    public override bool IsBatchDependent => Parts.Any(p => p.Objective.IsBatchDependent || p.Objective.IsMeanOverTokens);

    public override bool IsSeparable => !IsBatchDependent && Parts.All(p => p.Objective.IsSeparable);

    public override bool ReportsMeanLogProbs => Parts[0].Objective.ReportsMeanLogProbs;

    public override ScoreNeeds Needs =>
        ScoreNeeds.Sums with
        {
            Prompts = Parts.Any(p => p.Objective.Needs.Prompts),
            TailWeight = Parts[0].Objective.Needs.TailWeight,
            ByProbability = Parts[0].Objective.Needs.ByProbability,
            Confidence = Parts.Any(p => p.Objective.Needs.Confidence),
        };

    public override string? Fault =>
        Parts.Select(p => p.Objective.Fault).FirstOrDefault(f => f is not null)
        ?? (
            Parts.All(p =>
                p.Objective.Needs.TailWeight == Needs.TailWeight && p.Objective.Needs.ByProbability == Needs.ByProbability
            )
                ? null
                : "the parts of a mixture have to weigh tokens alike"
        );

    public override PairLoss Evaluate(PairScores scores)
    {
        PairLoss? first = null;
        Column? total = null;
        var figures = new List<(string, Column)>();
        foreach ((Objective objective, double weight) in Parts)
        {
            PairLoss part = objective.Evaluate(scores);
            first ??= part;
            Column share = weight * scores.Count * part.Loss / TotalWeight(objective, scores);
            total = total is { } sum ? sum + share : share;
            figures.AddRange(part.Figures);
        }
        return first! with { Loss = total!.Value, Figures = figures };
    }

    // Σ weight over the pairs: P, or the tokens that a loss per token counts.
    private static double TotalWeight(Objective objective, PairScores scores)
    {
        double[] chosen = scores.ChosenTokens.ToArray();
        double[]? prompts = objective.Needs.Prompts ? scores.PromptTokens.ToArray() : null;
        return chosen.Select((c, i) => objective.Weight((int)c, (int)(prompts?[i] ?? 0))).Sum();
    }

    public bool Equals(Mixture? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(0, (hash, part) => HashCode.Combine(hash, part));
}
