namespace Simper.Analysis;

/// <summary>
/// The gradients of log π(chosen) and log π(rejected) with respect to all weights: their norms, and how far they are aligned.
/// No objective is involved: the gradient of an objective on a pair is the sum of these two, each times its coefficient.
/// </summary>
/// <param name="LogProbs">The pair's log-probs, scored on the way.</param>
/// <param name="ChosenLength">Norm, |∇ log π(chosen)|.</param>
/// <param name="RejectedLength">Norm, |∇ log π(rejected)|.</param>
/// <param name="Product">Their inner product.</param>
public sealed record PairDirections(PairLogProbs LogProbs, double ChosenLength, double RejectedLength, double Product)
{
    /// <summary>The cosine of the angle between them.</summary>
    public double Cosine => Product / (ChosenLength * RejectedLength);
}
