using Simper.Batching;
using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Supervised fine-tuning on the chosen answers: the mean negative log-prob over all scored tokens of a step (TRL's
/// <c>SFTTrainer</c> with <c>loss_type</c> <c>nll</c>). Rewards are the mean log-probs.
/// </summary>
public sealed record Sft : Objective
{
    public static ObjectiveKind<Sft> Kind { get; } =
        new(
            new Sft(),
            new("completion_only_loss", (o, v) => o with { CompletionOnly = v != 0 }, o => o.CompletionOnly ? 1 : 0)
            {
                Meaning = "whether the answer alone is learned, or the prompt too",
                Words = ["false", "true"],
            },
            new("dynamic", (o, v) => o with { Dynamic = v != 0 }, o => o.Dynamic ? 1 : 0)
            {
                Meaning = "whether each token counts by its own probability (dft)",
                Words = ["false", "true"],
            }
        )
        {
            Aliases = ["nll"],
            Variants = [("dft", new Sft { Dynamic = true })],
        };

    /// <summary>Whether only the answer is learned, or the prompt too.</summary>
    public bool CompletionOnly { get; init; } = true;

    /// <summary>
    /// Whether each token is weighted by its own probability, detached from the gradient (TRL's <c>dft</c>: dynamic fine-tuning,
    /// Wu et al. 2025).
    /// </summary>
    public bool Dynamic { get; init; }

    public override string Name => "sft";

    public override bool UsesRejected => false;

    public override bool IsSeparable => CompletionOnly;

    public override bool IsMeanOverTokens => true;

    public override bool ReportsMeanLogProbs => true;

    public override ScoreNeeds Needs => ScoreNeeds.Sums with { Prompts = !CompletionOnly, ByProbability = Dynamic };

    public override PairLoss Evaluate(PairScores scores)
    {
        Column sums = scores.ChosenSum;
        return new PairLoss(CompletionOnly ? -sums : -(sums + scores.PromptSums), scores.Means);
    }

    public override double Weight(int chosenTokens, int promptTokens) =>
        CompletionOnly ? chosenTokens : chosenTokens + promptTokens;
}
