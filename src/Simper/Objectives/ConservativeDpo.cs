using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Conservative DPO (Mitchell 2023; <c>label_smoothing</c> in the authors' DPO code): a share ε of the labels is assumed to be
/// wrong,
/// <code>L = -(1 - ε) log σ(βδ) - ε log σ(-βδ), δ = Δ(chosen) - Δ(rejected).</code>
/// TRL's <c>sigmoid</c> ignores <c>label_smoothing</c>.
/// </summary>
public sealed record ConservativeDpo : ReferenceObjective
{
    public static ObjectiveKind<ConservativeDpo> Kind { get; } =
        new(
            new ConservativeDpo(),
            [
                .. SharedKeys<ConservativeDpo>(),
                new("label_smoothing", (o, v) => o with { LabelSmoothing = v!.Value }, o => o.LabelSmoothing)
                {
                    Meaning = "share of the labels taken to be wrong",
                    Low = 0,
                    High = 0.499999,
                },
            ]
        );

    /// <summary>ε, the assumed share of wrong labels; below 0.5.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    public override string Name => "cdpo";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        SmoothedLogistic(Beta * (chosen - rejected), LabelSmoothing);
}
