namespace Simper.Ledgers;

/// <summary>When in a run something was recorded.</summary>
public enum LedgerPhase
{
    /// <summary>In the evaluation before the first step.</summary>
    Before,

    /// <summary>In a training step, before its update.</summary>
    Training,

    /// <summary>In an evaluation between two steps.</summary>
    Between,

    /// <summary>In the evaluation of the trained model.</summary>
    After,
}
