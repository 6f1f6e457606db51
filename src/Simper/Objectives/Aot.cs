using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Alignment via optimal transport, paired (AOT, Melnyk et al. 2024; TRL's <c>aot</c>): the margins of the policy and of the
/// reference, each sorted over the batch, are compared rank by rank,
/// <code>L = -(1 - ε) log σ(βd) - ε log σ(-βd),
/// d = sort(s(chosen) - s(rejected)) - sort(s_ref(chosen) - s_ref(rejected)).</code>
/// A loss belongs to a rank, not to a pair.
/// </summary>
public sealed record Aot : ReferenceObjective
{
    public static ObjectiveKind<Aot> Kind { get; } =
        new(
            new Aot(),
            [
                .. SharedKeys<Aot>(),
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

    public override string Name => "aot";

    public override bool IsBatchDependent => true;

    protected override bool TakesDivergence => false;

    protected override Column Loss(PairScores scores, Column chosen, Column rejected)
    {
        Column policy = (scores.ChosenSum - scores.RejectedSum).Sorted();
        Column reference = (scores.ReferenceChosenSum - scores.ReferenceRejectedSum).Sorted();
        return SmoothedLogistic(Beta * (policy - reference), LabelSmoothing);
    }
}
