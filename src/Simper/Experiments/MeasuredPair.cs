namespace Simper.Experiments;

/// <summary>A model's figures on a pair: those that mean the same under every objective, and the objective's own.</summary>
/// <param name="Row">Row of the data file, from 1.</param>
/// <param name="ChosenTokens">Scored tokens of the chosen answer.</param>
/// <param name="RejectedTokens">And of the rejected one.</param>
/// <param name="ChosenSum">Σ log π(chosen).</param>
/// <param name="RejectedSum">Σ log π(rejected).</param>
/// <param name="ChosenReward">The objective's reward of the chosen answer.</param>
/// <param name="RejectedReward">And of the rejected one.</param>
/// <param name="Loss">The objective's loss.</param>
/// <param name="Weight">The pair's weight in the mean loss.</param>
public readonly record struct MeasuredPair(
    int Row,
    int ChosenTokens,
    int RejectedTokens,
    double ChosenSum,
    double RejectedSum,
    double ChosenReward,
    double RejectedReward,
    double Loss,
    double Weight
)
{
    /// <summary>Mean log-prob per token of the chosen answer.</summary>
    public double ChosenMean => ChosenSum / ChosenTokens;

    /// <summary>Mean log-prob per token of the rejected answer.</summary>
    public double RejectedMean => RejectedSum / RejectedTokens;

    /// <summary>Mean log-prob of the chosen minus that of the rejected answer.</summary>
    public double MeanMargin => ChosenMean - RejectedMean;

    /// <summary>Summed log-prob of the chosen minus that of the rejected answer.</summary>
    public double SumMargin => ChosenSum - RejectedSum;

    internal bool IsFinite =>
        double.IsFinite(ChosenSum)
        && double.IsFinite(RejectedSum)
        && double.IsFinite(ChosenReward)
        && double.IsFinite(RejectedReward)
        && double.IsFinite(Loss);
}
