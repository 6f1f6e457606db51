using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// TRL's <c>CPOTrainer</c> with <c>hinge</c>: <c>L = max(0, 1 - β (s(chosen) - s(rejected))) + λ NLL(chosen)</c>.
/// </summary>
public sealed record CpoHinge : ReferenceFreeObjective
{
    public static ObjectiveKind<CpoHinge> Kind { get; } =
        new(new CpoHinge(), [.. SharedKeys<CpoHinge>()]) { CpoTrainerNames = ["hinge"] };

    /// <summary>With an NLL of weight 1.</summary>
    public CpoHinge() => NllWeight = 1;

    public override string Name => "cpo_hinge";

    protected override bool Averages => false;

    protected override Column Loss(Column chosen, Column rejected) => (1 - Beta * (chosen - rejected)).Relu();
}
