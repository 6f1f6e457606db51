namespace Simper.Training;

/// <summary>The learning-rate schedule (<c>lr_scheduler_type</c>), by transformers' names.</summary>
public enum ScheduleKind
{
    /// <summary>Linear, to 0 at the last step (transformers' default).</summary>
    Linear,

    /// <summary>Half a cosine wave, to 0.</summary>
    Cosine,

    /// <summary>Constant from the first step to the last; the only schedule without a warm-up.</summary>
    Constant,

    /// <summary>Constant after the warm-up.</summary>
    ConstantWithWarmup,

    /// <summary>Several half cosine waves, each from the peak.</summary>
    CosineWithRestarts,

    /// <summary>Half a cosine wave, to <see cref="ScheduleOptions.MinLearningRate"/>.</summary>
    CosineWithMinLr,

    /// <summary>As <see cref="CosineWithMinLr"/>, but the first update has a rate above 0 and the last one the minimum.</summary>
    CosineWarmupWithMinLr,

    /// <summary>A power of the remaining fraction, to <see cref="ScheduleOptions.EndLearningRate"/>.</summary>
    Polynomial,

    /// <summary>The inverse square root of the step, without an end.</summary>
    InverseSqrt,

    /// <summary>The peak until the last <see cref="ScheduleOptions.DecaySteps"/>, which decay.</summary>
    WarmupStableDecay,
}
