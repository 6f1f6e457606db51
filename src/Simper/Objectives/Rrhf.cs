using Simper.Scoring;
using static TorchSharp.torch;

namespace Simper.Objectives;

/// <summary>
/// RRHF (Yuan et al. 2023, eq. 2 and 3) on pairs: <c>L = max(0, -m(chosen) + m(rejected)) - λ s(chosen)</c>, comparing means of
/// log-probs, learning from the chosen answer's sum. The authors' λ is 1. Rewards are the means.
/// </summary>
public sealed record Rrhf : Objective
{
    public static ObjectiveKind<Rrhf> Kind { get; } =
        new(
            new Rrhf(),
            new Hyperparameter<Rrhf>("rrhf_lambda", (o, v) => o with { Lambda = v!.Value }, o => o.Lambda)
            {
                Meaning = "weight of the chosen answer's likelihood",
            }
        );

    /// <summary>λ, the weight of the chosen answer's likelihood.</summary>
    public double Lambda { get; init; } = 1;

    public override string Name => "rrhf";

    public override bool ReportsMeanLogProbs => true;

    public override PairLoss Evaluate(PairScores scores) =>
        new((scores.RejectedMean - scores.ChosenMean).Relu() - Lambda * scores.ChosenSum, scores.Means);
}
