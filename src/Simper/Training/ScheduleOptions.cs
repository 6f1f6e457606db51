namespace Simper.Training;

/// <summary>
/// What a schedule may be told besides its kind (<c>lr_scheduler_kwargs</c>). A value that is not given takes transformers'
/// default; which kind reads which value stands there. Immutable.
/// </summary>
public sealed record ScheduleOptions
{
    /// <summary>
    /// Whole waves of a cosine, by default one half; of <see cref="ScheduleKind.CosineWithRestarts"/>, the descents, by default
    /// one (<c>num_cycles</c>).
    /// </summary>
    public double? Cycles { get; init; }

    /// <summary>Where a cosine ends, as a learning rate (<c>min_lr</c>).</summary>
    public double? MinLearningRate { get; init; }

    /// <summary>
    /// Where a cosine ends, as a share of the peak (<c>min_lr_rate</c>; <c>min_lr_ratio</c> of
    /// <see cref="ScheduleKind.WarmupStableDecay"/>).
    /// </summary>
    public double? MinShare { get; init; }

    /// <summary>
    /// Where the warm-up of <see cref="ScheduleKind.CosineWarmupWithMinLr"/> begins, as a share of the peak; by default one over
    /// its steps (<c>warmup_lr_rate</c>).
    /// </summary>
    public double? WarmupShare { get; init; }

    /// <summary>Where a polynomial ends, as a learning rate below the peak; by default 1e-7 (<c>lr_end</c>).</summary>
    public double? EndLearningRate { get; init; }

    /// <summary>Exponent of a polynomial; by default 1 (<c>power</c>).</summary>
    public double? Power { get; init; }

    /// <summary>
    /// Steps in which an inverse root falls from 1 to the root of one half; by default those of the warm-up, or 10,000 without
    /// one (<c>timescale</c>).
    /// </summary>
    public int? Timescale { get; init; }

    /// <summary>
    /// Steps of the descent; <see cref="ScheduleKind.WarmupStableDecay"/> has to be told (<c>num_decay_steps</c>).
    /// </summary>
    public int? DecaySteps { get; init; }

    /// <summary>Steps at the peak; by default those that warm-up and descent leave (<c>num_stable_steps</c>).</summary>
    public int? StableSteps { get; init; }

    /// <summary>How the warm-up rises; by default straight (<c>warmup_type</c>).</summary>
    public ScheduleCurve? WarmupCurve { get; init; }

    /// <summary>How the descent falls; by default a cosine (<c>decay_type</c>).</summary>
    public ScheduleCurve? DecayCurve { get; init; }
}
