namespace Simper.Training;

/// <summary>
/// The options of a schedule (<c>lr_scheduler_kwargs</c>). Values not given take transformers' defaults; each says which kinds
/// read it. Immutable.
/// </summary>
public sealed record ScheduleOptions
{
    /// <summary>
    /// Number of cosine waves, by default one half; for <see cref="ScheduleKind.CosineWithRestarts"/> the number of descents, by
    /// default one (<c>num_cycles</c>).
    /// </summary>
    public double? Cycles { get; init; }

    /// <summary>Final learning rate of a cosine (<c>min_lr</c>).</summary>
    public double? MinLearningRate { get; init; }

    /// <summary>
    /// The same as a fraction of the peak (<c>min_lr_rate</c>; <c>min_lr_ratio</c> of
    /// <see cref="ScheduleKind.WarmupStableDecay"/>).
    /// </summary>
    public double? MinShare { get; init; }

    /// <summary>
    /// Initial rate of <see cref="ScheduleKind.CosineWarmupWithMinLr"/>'s warm-up, as a fraction of the peak; by default one over
    /// its steps (<c>warmup_lr_rate</c>).
    /// </summary>
    public double? WarmupShare { get; init; }

    /// <summary>Final learning rate of a polynomial, below the peak; by default 1e-7 (<c>lr_end</c>).</summary>
    public double? EndLearningRate { get; init; }

    /// <summary>Exponent of a polynomial; by default 1 (<c>power</c>).</summary>
    public double? Power { get; init; }

    /// <summary>
    /// Steps in which an inverse square root falls from 1 to √½; by default those of the warm-up, or 10,000 without one
    /// (<c>timescale</c>).
    /// </summary>
    public int? Timescale { get; init; }

    /// <summary>
    /// Steps of the decay; required by <see cref="ScheduleKind.WarmupStableDecay"/> (<c>num_decay_steps</c>).
    /// </summary>
    public int? DecaySteps { get; init; }

    /// <summary>Steps at the peak; by default those that warm-up and decay leave (<c>num_stable_steps</c>).</summary>
    public int? StableSteps { get; init; }

    /// <summary>Curve of the warm-up; by default linear (<c>warmup_type</c>).</summary>
    public ScheduleCurve? WarmupCurve { get; init; }

    /// <summary>Curve of the decay; by default a cosine (<c>decay_type</c>).</summary>
    public ScheduleCurve? DecayCurve { get; init; }
}
