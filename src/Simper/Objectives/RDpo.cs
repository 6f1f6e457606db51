using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Length-regularised DPO (R-DPO, Park et al. 2024): the reward of an answer is lowered by α per token,
/// <code>L = -log σ(β (Δ(chosen) - Δ(rejected)) + α |chosen| - α |rejected|).</code>
/// </summary>
public sealed record RDpo : ReferenceObjective
{
    public static ObjectiveKind<RDpo> Kind { get; } =
        new(
            new RDpo(),
            [
                .. SharedKeys<RDpo>(),
                new("rdpo_alpha", (o, v) => o with { Alpha = v!.Value }, o => o.Alpha)
                {
                    Meaning = "weight of the difference in length",
                },
            ]
        );

    /// <summary>α, the cost of a token of length; 0 or more. The authors of SimPO searched 0.05 to 1.</summary>
    public double Alpha { get; init; } = 0.05;

    public override string Name => "rdpo";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        -LogSigmoid(Beta * (chosen - rejected) + Alpha * (scores.ChosenTokens - scores.RejectedTokens));
}
