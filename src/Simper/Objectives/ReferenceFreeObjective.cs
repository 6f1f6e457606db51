using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// A loss over the policy's own log-probs of a pair, plus a negative log-likelihood of the chosen answer: CPO and the variants of
/// TRL's <c>CPOTrainer</c>. A subclass defines whether sums or means are compared, and the loss of a pair.
/// </summary>
public abstract record ReferenceFreeObjective : Objective
{
    /// <summary>β, the scale of the margin; above 0.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>
    /// Weight of the chosen answers' NLL, a mean over the tokens of the whole batch (<c>cpo_alpha</c>); 0 omits it.
    /// </summary>
    public double NllWeight { get; init; }

    /// <summary>α of AlphaPO's reward (1 - p^-α) / α in place of log p; 0 is log p itself (<c>alpha</c>).</summary>
    public double RewardAlpha { get; init; }

    public sealed override bool IsBatchDependent => NllWeight > 0;

    public sealed override bool ReportsMeanLogProbs => Averages;

    /// <summary>Whether means of log-probs are compared, instead of sums.</summary>
    protected abstract bool Averages { get; }

    public sealed override PairLoss Evaluate(PairScores scores)
    {
        Column logProbs = Averages ? scores.Means : scores.Sums;
        // p^-α is computed from the logarithm: p itself underflows in float32 below a log-prob of -104.
        Column rewards = RewardAlpha == 0 ? logProbs : (1 - (-RewardAlpha * logProbs).Exp()) / RewardAlpha;
        Column loss = Loss(scores.Chosen(rewards), scores.Rejected(rewards));
        if (NllWeight == 0)
            return new PairLoss(loss, Beta * rewards);
        Column nll = -scores.ChosenSum.Sum() / scores.ChosenTokens.Sum();
        return new PairLoss(loss + NllWeight * nll, Beta * rewards) { Figures = [("nll_loss", nll)] };
    }

    /// <summary>The loss of every pair [P], given the rewards without β [P].</summary>
    protected abstract Column Loss(Column chosen, Column rejected);

    /// <summary>The keys common to all subclasses.</summary>
    internal static IReadOnlyList<Hyperparameter<T>> SharedKeys<T>()
        where T : ReferenceFreeObjective =>
        [
            new("beta", (o, v) => o with { Beta = v!.Value }, o => o.Beta)
            {
                Meaning = "scale of the margin between the answers",
                Low = 1e-6,
            },
            new("cpo_alpha", (o, v) => o with { NllWeight = v!.Value }, o => o.NllWeight)
            {
                Meaning = "weight of the chosen answers' likelihood beside it; 0 leaves it out",
                IsOfCpoTrainer = true,
            },
            new("alpha", (o, v) => o with { RewardAlpha = v!.Value }, o => o.RewardAlpha)
            {
                Meaning = "exponent of AlphaPO's reward; 0 is the log-prob itself",
                Low = -100,
                High = 100,
                IsOfCpoTrainer = true,
            },
        ];
}
