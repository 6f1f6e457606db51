using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// SimPER (Xiao et al., ICLR 2025, arXiv 2502.00883): raises the inverse perplexity of the chosen answer and lowers that of the
/// rejected one,
/// <code>L = -exp(mean log π(chosen)) + exp(mean log π(rejected)),</code>
/// in (-1, 1), 0 for a model that does not distinguish the two. No hyperparameter and no reference model. Rewards are the mean
/// log-probs, as logged by the authors' code.
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
    /// The exponential is taken of the mean itself, never via a perplexity and its inverse, which overflows.
    /// </remarks>
    protected override Column Merit(PairScores scores) => scores.Means.Exp();

    protected override Column Rewards(PairScores scores) => scores.Means;
}
