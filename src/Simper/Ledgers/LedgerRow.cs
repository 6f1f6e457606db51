using Simper.Objectives;

namespace Simper.Ledgers;

/// <summary>What a ledger has of a pair at one moment of a run. Immutable.</summary>
/// <param name="Step">Steps behind it; in a training step that step's number, counted from 1.</param>
/// <param name="Epoch">Passes over the training data behind it.</param>
/// <param name="Split">Which data the pair is of.</param>
/// <param name="Phase">When it was recorded.</param>
/// <param name="Outcome">The figures that the run's metrics were averaged from.</param>
public readonly record struct LedgerRow(int Step, double Epoch, LedgerSplit Split, LedgerPhase Phase, PairOutcome Outcome);
