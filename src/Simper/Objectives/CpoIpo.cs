using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// TRL's <c>CPOTrainer</c> with <c>ipo</c>: <c>L = (m(chosen) - m(rejected) - 1/(2β))² + λ NLL(chosen)</c>, with means of
/// log-probs.
/// </summary>
public sealed record CpoIpo : ReferenceFreeObjective
{
    public static ObjectiveKind<CpoIpo> Kind { get; } =
        new(new CpoIpo(), [.. SharedKeys<CpoIpo>()]) { CpoTrainerNames = ["ipo"] };

    /// <summary>With an NLL of weight 1.</summary>
    public CpoIpo() => NllWeight = 1;

    public override string Name => "cpo_ipo";

    protected override bool Averages => true;

    protected override Column Loss(Column chosen, Column rejected) => (chosen - rejected - 1 / (2 * Beta)).Square();
}
