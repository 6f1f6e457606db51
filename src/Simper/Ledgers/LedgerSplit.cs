namespace Simper.Ledgers;

/// <summary>Which data a pair is of.</summary>
public enum LedgerSplit
{
    /// <summary>Pairs that are only evaluated.</summary>
    HeldOut,

    /// <summary>Pairs that the run trains on.</summary>
    Train,
}
