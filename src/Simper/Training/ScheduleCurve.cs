namespace Simper.Training;

/// <summary>The curve of a stage of <see cref="ScheduleKind.WarmupStableDecay"/>.</summary>
public enum ScheduleCurve
{
    /// <summary>Linear.</summary>
    Linear,

    /// <summary>Half a cosine wave.</summary>
    Cosine,

    /// <summary>One minus a square root: falls fast and then slowly, rises slowly and then fast.</summary>
    OneMinusSqrt,
}
