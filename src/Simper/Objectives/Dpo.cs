using Simper.Scoring;
using static TorchSharp.torch;

namespace Simper.Objectives;

/// <summary>
/// Direct preference optimization (Rafailov et al. 2023, eq. 7; TRL's <c>sigmoid</c>):
/// <code>L = -log σ(β (log π/π_ref(chosen) - log π/π_ref(rejected))),</code>
/// with sums of log-probs. Rewards are β log π/π_ref.
/// </summary>
public sealed record Dpo : Objective
{
    /// <summary>β, how far the policy may move from the reference; above 0.</summary>
    public double Beta { get; init; } = 0.1;

    public override string Name => "dpo";

    public override bool NeedsReference => true;

    public override PairLoss Evaluate(PairScores scores)
    {
        Tensor chosen = Beta * (scores.ChosenSum - scores.ReferenceChosenSum);
        Tensor rejected = Beta * (scores.RejectedSum - scores.ReferenceRejectedSum);
        return new PairLoss(-nn.functional.logsigmoid(chosen - rejected), chosen, rejected);
    }
}
