using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Robust DPO (Chowdhury et al. 2024; TRL's <c>robust</c>): unbiased when a share ε of the labels is flipped,
/// <code>L = (-(1 - ε) log σ(βδ) + ε log σ(-βδ)) / (1 - 2ε), δ = f(Δ(chosen)) - f(Δ(rejected)).</code>
/// </summary>
public sealed record RobustDpo : ReferenceObjective
{
    public static ObjectiveKind<RobustDpo> Kind { get; } =
        new(
            new RobustDpo(),
            [
                .. SharedKeys<RobustDpo>(),
                new("label_smoothing", (o, v) => o with { LabelSmoothing = v!.Value }, o => o.LabelSmoothing)
                {
                    Meaning = "share of the labels taken to be wrong",
                    Low = 0,
                    High = 0.499999,
                },
            ]
        )
        {
            Trl = new RobustDpo { LabelSmoothing = 0 },
        };

    /// <summary>ε, the share of flipped labels; below 0.5. TRL's default is 0, which is DPO.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    public override string Name => "robust";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected)
    {
        Column logit = Beta * (chosen - rejected);
        return (-(1 - LabelSmoothing) * LogSigmoid(logit) + LabelSmoothing * LogSigmoid(-logit)) / (1 - 2 * LabelSmoothing);
    }
}
