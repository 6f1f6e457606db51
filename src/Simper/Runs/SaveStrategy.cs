namespace Simper.Runs;

/// <summary>When checkpoints of a run are written (<c>save_strategy</c>).</summary>
public enum SaveStrategy
{
    /// <summary>Never.</summary>
    No,

    /// <summary>Every so many optimizer steps (<c>save_steps</c>).</summary>
    Steps,

    /// <summary>At the end of each epoch.</summary>
    Epoch,
}
