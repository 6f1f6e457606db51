namespace Simper.Experiments;

/// <summary>The criterion by which an objective's learning rate is chosen on the validation pairs.</summary>
public enum RateChoice
{
    /// <summary>The lowest loss, of each objective's own.</summary>
    Loss,

    /// <summary>The highest accuracy by mean log-probs; ties go to the lower loss.</summary>
    Accuracy,

    /// <summary>The highest accuracy by the objective's own reward; ties go to the lower loss.</summary>
    RewardAccuracy,
}
