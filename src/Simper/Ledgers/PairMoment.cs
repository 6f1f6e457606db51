namespace Simper.Ledgers;

/// <summary>A pair at one moment of a run.</summary>
/// <param name="Step">Steps behind it; in a training step that step's number.</param>
/// <param name="Phase">When in the run.</param>
/// <param name="Margin">
/// Reward of the chosen minus that of the rejected answer. For an answer without another one: how far its reward rose since its
/// first moment, or for a bad one fell.
/// </param>
/// <param name="IsTie">Whether it is 0 to rounding: no answer is preferred.</param>
/// <param name="LogOdds">
/// log π(chosen) - log π(rejected), sums over their tokens. For an answer without another one its own sum, of a bad one negative.
/// </param>
public readonly record struct PairMoment(int Step, LedgerPhase Phase, double Margin, bool IsTie, double LogOdds)
{
    /// <summary>Whether the chosen answer is preferred; null where neither is.</summary>
    public bool? IsRight => IsTie || double.IsNaN(Margin) ? null : Margin > 0;
}
