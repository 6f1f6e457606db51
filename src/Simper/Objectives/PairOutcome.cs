namespace Simper.Objectives;

/// <summary>What was found for one pair: the parts from which every average is made.</summary>
/// <param name="Row">The row of the data set.</param>
/// <param name="Loss">The objective's loss.</param>
/// <param name="Weight">What the pair counts in the mean loss.</param>
/// <param name="ChosenReward">The objective's reward of the chosen answer.</param>
/// <param name="RejectedReward">And of the rejected one; NaN where there is none.</param>
/// <param name="ChosenSum">Σ log π(chosen).</param>
/// <param name="RejectedSum">Σ log π(rejected); NaN where there is none.</param>
/// <param name="ChosenTokens">Scored tokens of the chosen answer.</param>
/// <param name="RejectedTokens">And of the rejected one; 0 where there is none.</param>
public readonly record struct PairOutcome(int Row, double Loss, double Weight, double ChosenReward, double RejectedReward,
    double ChosenSum, double RejectedSum, int ChosenTokens, int RejectedTokens)
{
    /// <summary>Mean log-prob per token of the chosen answer.</summary>
    public double ChosenMean => ChosenSum / ChosenTokens;

    /// <summary>Mean log-prob per token of the rejected answer; NaN where there is none.</summary>
    public double RejectedMean => RejectedTokens == 0 ? double.NaN : RejectedSum / RejectedTokens;

    /// <summary>Whether the chosen answer has the higher reward, strictly.</summary>
    public bool IsRight => ChosenReward > RejectedReward;

    /// <summary>Reward of the chosen less that of the rejected answer.</summary>
    public double Margin => ChosenReward - RejectedReward;
}
