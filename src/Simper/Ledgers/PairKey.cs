namespace Simper.Ledgers;

/// <summary>Which pair of a run.</summary>
/// <param name="Split">Which data it is of.</param>
/// <param name="Place">Its place there, from 0 (<see cref="Text.Preferences.TokenizedGroup.Place"/>).</param>
/// <param name="Row">Its row in its data file, from 1.</param>
public readonly record struct PairKey(LedgerSplit Split, int Place, int Row)
{
    /// <summary>The pair of a row of a ledger.</summary>
    public static PairKey Of(LedgerRow row) => new(row.Split, row.Outcome.Place, row.Outcome.Row);
}
