using Simper.Objectives;

namespace Simper.Training;

/// <summary>The report of one optimizer step.</summary>
public sealed record StepReport
{
    /// <summary>The step, counted from 1.</summary>
    public required int Number { get; init; }

    /// <summary>All steps of the run.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>Epochs seen so far: 1.5 is the middle of the second epoch.</summary>
    public required double Epoch { get; init; }

    /// <summary>The learning rate of this update.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Loss, rewards and log-probs of the step's pairs, before the update.</summary>
    public required PreferenceMetrics Metrics { get; init; }

    /// <summary>Tokens that the model computed, prompts counted once.</summary>
    public required long Tokens { get; init; }

    /// <summary>Duration of the step.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Why it was not applied; null if it was.</summary>
    public SkippedStep? Skip { get; init; }

    /// <summary>Steps skipped so far, this one included; null where none can be.</summary>
    public int? Skipped { get; init; }

    /// <summary>Mean loss of the step's pairs.</summary>
    public double Loss => Metrics.Loss;

    /// <summary>Share of the step's pairs whose chosen answer has the higher reward.</summary>
    public double RewardAccuracy => Metrics.RewardAccuracy;
}
