namespace Simper.Training;

/// <summary>How a stage of <see cref="ScheduleKind.WarmupStableDecay"/> rises or falls.</summary>
public enum ScheduleCurve
{
    /// <summary>Straight.</summary>
    Linear,

    /// <summary>Half a cosine.</summary>
    Cosine,

    /// <summary>One minus a root: falls fast and then slowly, rises slowly and then fast.</summary>
    OneMinusSqrt,
}
