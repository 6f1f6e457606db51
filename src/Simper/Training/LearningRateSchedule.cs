namespace Simper.Training;

/// <summary>
/// The learning rate as a pure function of the step, so that nothing has to be saved to resume. The shapes are those of
/// transformers' schedulers; step 0 is the first update. With a warm-up the first update has rate 0, as there.
/// </summary>
/// <param name="Kind">What follows the warm-up.</param>
/// <param name="WarmupSteps">Steps of linear rise from 0.</param>
/// <param name="TotalSteps">All steps, warm-up included.</param>
public sealed record LearningRateSchedule(ScheduleKind Kind, int WarmupSteps, int TotalSteps)
{
    /// <summary>The factor of the learning rate at an update, counted from 0; in [0, 1].</summary>
    public double FactorAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < WarmupSteps)
            return (double)step / Math.Max(1, WarmupSteps);
        double progress = (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps);
        return Kind switch
        {
            ScheduleKind.Constant => 1,
            ScheduleKind.Linear => Math.Max(0, 1 - progress),
            ScheduleKind.Cosine => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress))),
            _ => throw new InvalidOperationException($"Unknown schedule {Kind}."),
        };
    }
}

/// <summary>The shape of the learning rate after its warm-up (<c>lr_scheduler_type</c>).</summary>
public enum ScheduleKind
{
    /// <summary>Straight down to 0 at the last step (transformers' default).</summary>
    Linear,

    /// <summary>Half a cosine down to 0.</summary>
    Cosine,

    /// <summary>The same to the end.</summary>
    Constant,
}
