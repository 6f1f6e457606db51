using Simper.Scoring;
using static TorchSharp.torch;

namespace Simper.Objectives;

/// <summary>
/// SLiC-HF (Zhao et al. 2023, eq. 1, with the chosen answer as the regularisation target):
/// <code>L = max(0, δ - s(chosen) + s(rejected)) - λ s(chosen).</code>
/// With sums of log-probs and no reference. Rewards are the sums.
/// </summary>
public sealed record SlicHf : Objective
{
    public static ObjectiveKind<SlicHf> Kind { get; } =
        new(
            new SlicHf(),
            new("slic_delta", (o, v) => o with { Margin = v!.Value }, o => o.Margin)
            {
                Meaning = "margin of log-probs that is asked for",
            },
            new("slic_lambda", (o, v) => o with { Lambda = v!.Value }, o => o.Lambda)
            {
                Meaning = "weight of the chosen answer's likelihood",
            }
        )
        {
            Aliases = ["slic"],
        };

    /// <summary>δ, the target margin; the authors of SimPO searched 0.1 to 2.</summary>
    public double Margin { get; init; } = 1;

    /// <summary>λ, the weight of the chosen answer's likelihood.</summary>
    public double Lambda { get; init; } = 0.1;

    public override string Name => "slic_hf";

    public override PairLoss Evaluate(PairScores scores) =>
        new((Margin - scores.ChosenSum + scores.RejectedSum).Relu() - Lambda * scores.ChosenSum, scores.Sums);
}
