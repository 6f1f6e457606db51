namespace Simper.Training;

/// <summary>
/// The learning rate of every step of a run: a schedule with a warm-up, known before the first step. Immutable.
/// </summary>
public sealed record RunRates
{
    /// <summary>Optimizer steps of the run.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>Peak learning rate (<c>learning_rate</c>).</summary>
    public required double Peak { get; init; }

    /// <summary>The schedule (<c>lr_scheduler_type</c>).</summary>
    public required ScheduleKind Schedule { get; init; }

    /// <summary>The schedule's options (<c>lr_scheduler_kwargs</c>).</summary>
    public ScheduleOptions Options { get; init; } = new();

    /// <summary>Warm-up (<c>warmup_steps</c>): steps, or below 1 a fraction of all steps, rounded up.</summary>
    public double Warmup { get; init; }

    /// <summary>
    /// Whether a warm-up may cover all steps, as in transformers; a run of one step then has a rate of 0 and trains nothing.
    /// </summary>
    public bool WarmupMayCoverAll { get; init; }

    /// <summary>Steps of the warm-up; at least the last step has the full rate, unless <see cref="WarmupMayCoverAll"/>.</summary>
    public int WarmupSteps => WarmupMayCoverAll ? AskedWarmupSteps : Math.Clamp(AskedWarmupSteps, 0, Math.Max(0, TotalSteps - 1));

    /// <summary>Whether every step has a rate of 0, whatever the peak.</summary>
    public bool AreZero => Curve() is var rates && Enumerable.Range(0, TotalSteps).All(step => rates.FactorAt(step) == 0);

    private int AskedWarmupSteps =>
        Schedule == ScheduleKind.Constant ? 0
        : Warmup < 1 ? (int)Math.Ceiling(Warmup * TotalSteps)
        : (int)Math.Min(Warmup, int.MaxValue);

    private string? WarmupNote =>
        AskedWarmupSteps < TotalSteps ? null
        : !WarmupMayCoverAll
            ? $"warm-up: {WarmupSteps} of {Words(TotalSteps)} instead of {AskedWarmupSteps}, so that the run reaches its "
                + "learning rate (warmup_steps)"
        : $"warm-up: {Words(AskedWarmupSteps)} cover all {TotalSteps} of the run, as TRL has it, so it ends below its "
            + "learning rate (warmup_steps)";

    /// <summary>The rates.</summary>
    public LearningRateSchedule Curve() => new(Schedule, WarmupSteps, TotalSteps) { Options = Options, Peak = Peak };

    /// <summary>A warning about the rates before the first step; null if there is none.</summary>
    /// <exception cref="SimperException">The peak is above 0, but all rates are 0.</exception>
    public string? Note()
    {
        if (Peak > 0 && AreZero)
            throw new SimperException(
                AskedWarmupSteps >= TotalSteps
                    ? $"The warm-up covers {(TotalSteps == 1 ? "the only step" : $"all {TotalSteps} steps")} with a learning "
                        + "rate of 0, as TRL's trainers have it (compatibility), so nothing would be learnt; give "
                        + "--warmup_steps 0, or more steps (num_train_epochs, max_steps, a smaller "
                        + "per_device_train_batch_size)."
                    : "The learning rate is 0 at every step, so nothing would be learnt; give another lr_scheduler_type, "
                        + "or more steps (num_train_epochs, max_steps)."
            );
        return WarmupNote;
    }

    private static string Words(int count) => count == 1 ? "1 step" : $"{count} steps";
}
