namespace Simper.Training;

/// <summary>What happens at a step whose loss or gradient norm leaps (<c>spikes</c>).</summary>
public enum SpikeRule
{
    /// <summary>It is applied like any other.</summary>
    Apply,

    /// <summary>It is skipped; see <see cref="SpikeWindow"/> for what counts as a spike.</summary>
    Skip,
}
