using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// SimPER (Xiao et al., ICLR 2025, arXiv 2502.00883): raises the inverse perplexity of the chosen answer and lowers that of the
/// rejected one,
/// <code>L = -exp(mean log π(chosen)) + exp(mean log π(rejected)),</code>
/// in (-1, 1), 0 for a model that does not tell the two apart. No hyperparameter and no reference model. Rewards are the mean
/// log-probs, as the authors' code logs them.
/// </summary>
public sealed record SimPer : SeparableObjective
{
    public static ObjectiveKind<SimPer> Kind { get; } =
        new(new SimPer())
        {
            Refusal = new(
                "SimPER, whose loss -exp(mean log p(chosen)) + exp(mean log p(rejected)) has no hyperparameters",
                "Without loss_type a recipe means SimPER; its authors' own files give a beta that their code ignores: "
                    + "compatibility simper-reference reads {0} as that code does."
            ),
        };

    public override string Name => "simper";

    public override bool ReportsMeanLogProbs => true;

    /// <inheritdoc/>
    /// <remarks>
    /// The exponential is taken of the mean itself, never by way of a perplexity and its inverse: that overflows.
    /// </remarks>
    protected override Column Merit(PairScores scores) => scores.Means.Exp();

    protected override Column Rewards(PairScores scores) => scores.Means;
}
