using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>An objective's result for P groups with A answers.</summary>
/// <param name="Loss">[P], with gradient. The loss of a step is Σ Loss / Σ weight.</param>
/// <param name="Rewards">[A], for reports: TRL's <c>rewards/chosen</c> and <c>rewards/rejected</c>.</param>
public sealed record PairLoss(Column Loss, Column Rewards)
{
    /// <summary>Further figures by the name they are logged under: [P], or one number for all.</summary>
    public IReadOnlyList<(string Name, Column Values)> Figures { get; init; } = [];
}
