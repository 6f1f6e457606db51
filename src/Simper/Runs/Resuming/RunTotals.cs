namespace Simper.Runs.Resuming;

/// <summary>What a run has done so far, for its summary.</summary>
internal sealed record RunTotals
{
    /// <summary>Time in optimizer steps.</summary>
    public long TrainingTicks { get; init; }

    /// <summary>Trained pairs.</summary>
    public long Pairs { get; init; }

    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; }

    /// <summary>Passes over the data.</summary>
    public double Epoch { get; init; }

    /// <summary>Whether a step was applied.</summary>
    public bool HasUpdate { get; init; } = true;

    /// <summary>Whether a step had a rate.</summary>
    public bool HasRate { get; init; }

    /// <summary>Whether a step had a gradient.</summary>
    public bool HasGradient { get; init; }
}
