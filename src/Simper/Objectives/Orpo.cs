using Simper.Batching;
using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Odds ratio preference optimization (ORPO, Hong et al. 2024, eq. 6 and 7):
/// <code>L = NLL(chosen) - λ log σ(log odds(chosen) - log odds(rejected)), odds = p / (1 - p), p = exp(mean log-prob).</code>
/// The NLL is a mean per token over the batch. The paper's is of the answer, TRL's of prompt and answer
/// (<see cref="CountsPrompt"/>). Rewards are λ times the mean log-probs, as TRL logs them.
/// </summary>
public sealed record Orpo : Objective
{
    public static ObjectiveKind<Orpo> Kind { get; } =
        new(
            new Orpo(),
            new("beta", (o, v) => o with { Lambda = v!.Value }, o => o.Lambda)
            {
                Meaning = "weight of the odds ratio",
                Low = 1e-6,
            },
            new("orpo_nll_on_prompt", (o, v) => o with { CountsPrompt = v != 0 }, o => o.CountsPrompt ? 1 : 0)
            {
                Meaning = "whether the likelihood of the prompt is learned too",
                Words = ["false", "true"],
            }
        )
        {
            Trl = new Orpo { CountsPrompt = true },
        };

    /// <summary>λ, the weight of the odds ratio (TRL's <c>beta</c>); above 0.</summary>
    public double Lambda { get; init; } = 0.1;

    /// <summary>Whether the NLL counts the prompt's tokens too.</summary>
    public bool CountsPrompt { get; init; }

    public override string Name => "orpo";

    public override bool IsBatchDependent => true;

    public override bool ReportsMeanLogProbs => true;

    public override ScoreNeeds Needs => ScoreNeeds.Sums with { Prompts = CountsPrompt };

    public override PairLoss Evaluate(PairScores scores)
    {
        (Column sums, Column tokens) = (scores.ChosenSum, scores.ChosenTokens);
        if (CountsPrompt)
            (sums, tokens) = (sums + scores.PromptSums, tokens + scores.PromptTokens);
        Column nll = -sums.Sum() / tokens.Sum();
        Column logOdds =
            scores.ChosenMean - scores.RejectedMean - (Log1MinusExp(scores.ChosenMean) - Log1MinusExp(scores.RejectedMean));
        Column ratio = LogSigmoid(logOdds);
        return new PairLoss(nll - Lambda * ratio, Lambda * scores.Means)
        {
            Figures = [("nll_loss", nll), ("log_odds_chosen", logOdds), ("log_odds_ratio", ratio)],
        };
    }

    // log(1 - e^x) for x < 0: near 0 1 - e^x cancels, far from it e^x - 1 does (Mächler 2012, as in TRL).
    private static Column Log1MinusExp(Column x) =>
        Column.WhereAbove(x, -Math.Log(2), (-x.ExpMinus1()).Log(), (-x.Exp()).Log1Plus());
}
