using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// SimPER (Xiao et al., ICLR 2025, arXiv 2502.00883): raises the inverse perplexity of the chosen answer and lowers that of the
/// rejected one,
/// <code>L = -exp(mean log π(chosen)) + exp(mean log π(rejected)),</code>
/// in (-1, 1), 0 for a model that does not tell the two apart. No hyperparameter and no reference model. Rewards are the mean
/// log-probs, as the authors' code logs them.
/// </summary>
public sealed record SimPer : Objective
{
    public override string Name => "simper";

    public override bool IsSeparable => true;

    public override bool ReportsMeanLogProbs => true;

    /// <inheritdoc/>
    /// <remarks>The exponential is taken of the mean itself, never by way of a perplexity and its inverse: that overflows.</remarks>
    public override PairLoss Evaluate(PairScores scores) => new(
        scores.RejectedMean.exp() - scores.ChosenMean.exp(),
        scores.ChosenMean,
        scores.RejectedMean);
}
