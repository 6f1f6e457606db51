namespace Simper.Kernels;

/// <summary>The numbers of an AdamW update.</summary>
internal readonly record struct AdamWStep
{
    public required double GradientScale { get; init; }
    public required double LearningRate { get; init; }
    public required double Beta1 { get; init; }
    public required double Beta2 { get; init; }
    public required double Decay { get; init; }
    public required double Epsilon { get; init; }

    /// <summary>1 - beta1^t.</summary>
    public required double Correction1 { get; init; }

    /// <summary>√(1 - beta2^t).</summary>
    public required double RootOfCorrection2 { get; init; }
}
