using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Supervised fine-tuning on the chosen answers: the mean negative log-prob over all scored tokens of a step (TRL's
/// <c>SFTTrainer</c> with completion-only loss). Rewards are the mean log-probs.
/// </summary>
public sealed record Sft : Objective
{
    public override string Name => "sft";

    public override bool UsesRejected => false;

    public override bool IsSeparable => true;

    public override bool ReportsMeanLogProbs => true;

    public override PairLoss Evaluate(PairScores scores) => new(
        -scores.ChosenSum,
        scores.ChosenMean,
        scores.Answers > 1 ? scores.RejectedMean : null);

    public override double Weight(int chosenTokens) => chosenTokens;
}
