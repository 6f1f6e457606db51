namespace Simper.Training;

/// <summary>
/// The learning rate as a pure function of the step, so that resuming needs no saved state. The shapes are those of transformers'
/// schedulers; step 0 is the first update. With a warm-up the first update has rate 0, as there, unless the kind differs.
/// </summary>
/// <param name="Kind">The shape.</param>
/// <param name="WarmupSteps">Steps of the linear rise from 0.</param>
/// <param name="TotalSteps">All steps, warm-up included.</param>
public sealed record LearningRateSchedule(ScheduleKind Kind, int WarmupSteps, int TotalSteps)
{
    /// <summary>The options of the kind.</summary>
    public ScheduleOptions Options { get; init; } = new();

    /// <summary>The learning rate at factor 1, above 0: final values given as learning rates are divided by it.</summary>
    public double Peak { get; init; } = 1;

    private double Cycles => Options.Cycles ?? 0.5;

    private double MinShare => Options.MinShare ?? Options.MinLearningRate / Peak ?? 0;

    private double Progress(int step) => (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps);

    /// <summary>The learning-rate factor of an update, counted from 0.</summary>
    public double FactorAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (Kind == ScheduleKind.Constant)
            return 1;
        if (step < WarmupSteps)
            return Warmup(step);
        return Kind switch
        {
            ScheduleKind.ConstantWithWarmup => 1,
            ScheduleKind.Linear => Math.Max(0, 1 - Progress(step)),
            ScheduleKind.Cosine => Math.Max(0, Wave(Progress(step))),
            ScheduleKind.CosineWithRestarts => Restarts(Progress(step)),
            ScheduleKind.CosineWithMinLr => Math.Max(0, Above(MinShare, Wave(Progress(step)))),
            // one step ahead, so that the last update has the minimum rate
            ScheduleKind.CosineWarmupWithMinLr => Math.Max(0, Above(MinShare, Wave(Progress(step + 1)))),
            ScheduleKind.Polynomial => Polynomial(Progress(step)),
            ScheduleKind.InverseSqrt => InverseSqrt(step),
            ScheduleKind.WarmupStableDecay => StableDecay(step - WarmupSteps),
            _ => throw new InvalidOperationException($"Unknown schedule {Kind}."),
        };
    }

    private double Warmup(int step)
    {
        double progress = (double)step / WarmupSteps;
        return Kind switch
        {
            ScheduleKind.CosineWarmupWithMinLr => Options.WarmupShare is { } first
                ? Above(first, (double)step / Math.Max(1, WarmupSteps - 1))
                : (step + 1.0) / WarmupSteps,
            ScheduleKind.WarmupStableDecay => Above(
                MinShare,
                Options.WarmupCurve switch
                {
                    ScheduleCurve.Cosine => 0.5 * (1 - Math.Cos(Math.PI * progress)),
                    ScheduleCurve.OneMinusSqrt => 1 - Math.Sqrt(1 - progress),
                    _ => progress,
                }
            ),
            _ => progress,
        };
    }

    private double Wave(double progress) => 0.5 * (1 + Math.Cos(2 * Math.PI * Cycles * progress));

    private double Restarts(double progress) =>
        progress >= 1 ? 0 : 0.5 * (1 + Math.Cos(Math.PI * ((Options.Cycles ?? 1) * progress % 1)));

    private double Polynomial(double progress)
    {
        double end = (Options.EndLearningRate ?? 1e-7) / Peak;
        return progress >= 1 ? end : Above(end, Math.Pow(1 - progress, Options.Power ?? 1));
    }

    private double InverseSqrt(int step)
    {
        double timescale = Options.Timescale ?? (WarmupSteps > 0 ? WarmupSteps : 10_000);
        return 1 / Math.Sqrt(1 + (step - WarmupSteps) / timescale);
    }

    private double StableDecay(int step)
    {
        int decaySteps =
            Options.DecaySteps ?? throw new InvalidOperationException($"{Kind} needs {nameof(ScheduleOptions.DecaySteps)}.");
        int stableSteps = Options.StableSteps ?? TotalSteps - WarmupSteps - decaySteps;
        if (step < stableSteps)
            return 1;
        double progress = (double)(step - stableSteps) / Math.Max(1, decaySteps);
        if (progress >= 1)
            return MinShare;
        return Math.Max(
            0,
            Above(
                MinShare,
                Options.DecayCurve switch
                {
                    ScheduleCurve.Linear => 1 - progress,
                    ScheduleCurve.OneMinusSqrt => 1 - Math.Sqrt(progress),
                    _ => Wave(progress),
                }
            )
        );
    }

    // Maps a factor from [0, 1] to [least, 1].
    private static double Above(double least, double factor) => least + (1 - least) * factor;
}
