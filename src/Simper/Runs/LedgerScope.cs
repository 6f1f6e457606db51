namespace Simper.Runs;

/// <summary>What the ledger of a run records (<c>ledger</c>).</summary>
public enum LedgerScope
{
    /// <summary>The held-out pairs at every evaluation, and each training pair whenever a step uses it.</summary>
    All,

    /// <summary>Only the held-out pairs.</summary>
    HeldOut,

    /// <summary>Nothing.</summary>
    No,
}
