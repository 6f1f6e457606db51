namespace Simper.Training;

/// <summary>What a <see cref="StepGuard"/> knows between two steps, as a checkpoint keeps it.</summary>
internal sealed record StepGuardState
{
    /// <summary>Steps skipped because their loss or gradient was not finite.</summary>
    public int NotFinite { get; init; }

    /// <summary>Steps skipped as spikes.</summary>
    public int Spikes { get; init; }

    /// <summary>Those that were not finite since the last one that was.</summary>
    public int InARow { get; init; }

    /// <summary>The losses by which spikes are judged, the oldest first.</summary>
    public IReadOnlyList<double> Losses { get; init; } = [];

    /// <summary>And the gradient norms.</summary>
    public IReadOnlyList<double> Norms { get; init; } = [];

    /// <summary>All skipped steps.</summary>
    public int Skipped => NotFinite + Spikes;
}
