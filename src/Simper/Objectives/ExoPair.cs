using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Efficient exact optimization on pairs (EXO, Ji et al. 2024, eq. 16; TRL's <c>exo_pair</c>): the reverse KL between the
/// policy's preference and the labels softened by ε,
/// <code>L = σ(βδ) (log σ(βδ) - log(1 - ε)) + σ(-βδ) (log σ(-βδ) - log ε),
/// δ = f(Δ(chosen)) - f(Δ(rejected)).</code>
/// </summary>
public sealed record ExoPair : ReferenceObjective
{
    public static ObjectiveKind<ExoPair> Kind { get; } =
        new(
            new ExoPair(),
            [
                .. SharedKeys<ExoPair>(),
                new("label_smoothing", (o, v) => o with { LabelSmoothing = v!.Value }, o => o.LabelSmoothing)
                {
                    Meaning = "share of the labels taken to be wrong",
                    Low = 0,
                    High = 0.999999,
                },
            ]
        );

    /// <summary>ε, the softness of the labels; above 0.</summary>
    public double LabelSmoothing { get; init; } = 1e-3;

    public override string Name => "exo_pair";

    public override string? Fault =>
        LabelSmoothing > 0 ? base.Fault : "loss_type exo_pair needs a label_smoothing above 0: its labels are softened by it";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected)
    {
        Column logit = Beta * (chosen - rejected);
        return logit.Sigmoid() * (LogSigmoid(logit) - Math.Log(1 - LabelSmoothing))
            + (-logit).Sigmoid() * (LogSigmoid(-logit) - Math.Log(LabelSmoothing));
    }
}
