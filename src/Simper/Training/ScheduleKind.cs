namespace Simper.Training;

/// <summary>The shape of the learning rate (<c>lr_scheduler_type</c>), by transformers' names.</summary>
public enum ScheduleKind
{
    /// <summary>Straight down to 0 at the last step (transformers' default).</summary>
    Linear,

    /// <summary>Half a cosine down to 0.</summary>
    Cosine,

    /// <summary>The same from the first step to the last; the one shape without a warm-up.</summary>
    Constant,

    /// <summary>The same after the warm-up.</summary>
    ConstantWithWarmup,

    /// <summary>Several times half a cosine, each from the peak.</summary>
    CosineWithRestarts,

    /// <summary>Half a cosine down to <see cref="ScheduleOptions.MinLearningRate"/>.</summary>
    CosineWithMinLr,

    /// <summary>As <see cref="CosineWithMinLr"/>, but the first update has a rate above 0 and the last one the least.</summary>
    CosineWarmupWithMinLr,

    /// <summary>A power of what is left, down to <see cref="ScheduleOptions.EndLearningRate"/>.</summary>
    Polynomial,

    /// <summary>One over the root of the steps, without an end.</summary>
    InverseSqrt,

    /// <summary>The peak until the last <see cref="ScheduleOptions.DecaySteps"/>, which come down.</summary>
    WarmupStableDecay,
}
