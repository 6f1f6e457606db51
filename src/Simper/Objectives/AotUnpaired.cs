using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Alignment via optimal transport, unpaired (AOT, Melnyk et al. 2024; TRL's <c>aot_unpaired</c>): the log-ratios of the chosen
/// and of the rejected answers, each sorted over the batch, are compared rank by rank,
/// <code>L = -(1 - ε) log σ(βd) - ε log σ(-βd), d = sort(Δ(chosen)) - sort(Δ(rejected)).</code>
/// A loss belongs to a rank, not to a pair.
/// </summary>
public sealed record AotUnpaired : ReferenceObjective
{
    public static ObjectiveKind<AotUnpaired> Kind { get; } =
        new(
            new AotUnpaired(),
            [
                .. SharedKeys<AotUnpaired>(),
                new("label_smoothing", (o, v) => o with { LabelSmoothing = v!.Value }, o => o.LabelSmoothing)
                {
                    Meaning = "share of the labels taken to be wrong",
                    Low = 0,
                    High = 0.499999,
                },
            ]
        );

    /// <summary>ε, the assumed share of wrong labels; below 0.5.</summary>
    public double LabelSmoothing { get; init; } = 0;

    public override string Name => "aot_unpaired";

    public override bool IsBatchDependent => true;

    protected override bool TakesDivergence => false;

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        SmoothedLogistic(Beta * (chosen.Sorted() - rejected.Sorted()), LabelSmoothing);
}
