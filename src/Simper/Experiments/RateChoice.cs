namespace Simper.Experiments;

/// <summary>By what the learning rate of an objective is chosen on the validation pairs.</summary>
public enum RateChoice
{
    /// <summary>The lowest loss, each objective by its own.</summary>
    Loss,

    /// <summary>The highest accuracy by mean log-probs; of equal ones the lower loss.</summary>
    Accuracy,

    /// <summary>The highest accuracy by the objective's own reward; of equal ones the lower loss.</summary>
    RewardAccuracy,
}
