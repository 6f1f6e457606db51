using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Contrastive preference optimization (Xu et al. 2024, eq. 7; TRL's <c>CPOTrainer</c> with <c>sigmoid</c>): DPO without its
/// reference, plus a negative log-likelihood of the chosen answer,
/// <code>L = -(1 - ε) log σ(βz) - ε log σ(-βz) + λ NLL(chosen), z = s(chosen) - s(rejected).</code>
/// The NLL is a mean per token over the batch, as in TRL; the paper's is a sum.
/// </summary>
public sealed record Cpo : ReferenceFreeObjective
{
    public static ObjectiveKind<Cpo> Kind { get; } =
        new(
            new Cpo(),
            [
                .. SharedKeys<Cpo>(),
                new("label_smoothing", (o, v) => o with { LabelSmoothing = v!.Value }, o => o.LabelSmoothing)
                {
                    Meaning = "share of the labels taken to be wrong",
                    High = 0.499999,
                },
            ]
        )
        {
            CpoTrainerNames = ["sigmoid"],
        };

    /// <summary>With the authors' NLL of weight 1, which is TRL's default too.</summary>
    public Cpo() => NllWeight = 1;

    /// <summary>ε, the assumed share of wrong labels; below 0.5.</summary>
    public double LabelSmoothing { get; init; }

    public override string Name => "cpo";

    protected override bool Averages => false;

    protected override Column Loss(Column chosen, Column rejected) =>
        SmoothedLogistic(Beta * (chosen - rejected), LabelSmoothing);
}
