namespace Simper.Training;

/// <summary>What happens at a step whose loss or gradient is not finite (<c>non_finite</c>). It is never applied.</summary>
public enum NonFiniteRule
{
    /// <summary>Training ends with a <see cref="DivergedException"/>.</summary>
    Stop,

    /// <summary>The step is skipped: weights, moments and AdamW's count of updates stay as they are. After
    /// <see cref="StepGuard.MostInARow"/> such steps in a row training ends all the same.</summary>
    Skip,
}
