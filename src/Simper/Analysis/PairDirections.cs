namespace Simper.Analysis;

/// <summary>
/// The gradients of log π(chosen) and log π(rejected) with respect to all weights: their lengths, and how far they point the same
/// way. No objective is in them: what an objective does to the weights with a pair is a sum of these two, times its coefficients.
/// </summary>
/// <param name="LogProbs">What was scored on the way.</param>
/// <param name="ChosenLength">|∇ log π(chosen)|.</param>
/// <param name="RejectedLength">|∇ log π(rejected)|.</param>
/// <param name="Product">Their inner product.</param>
public sealed record PairDirections(PairLogProbs LogProbs, double ChosenLength, double RejectedLength, double Product)
{
    /// <summary>The cosine of their angle.</summary>
    public double Cosine => Product / (ChosenLength * RejectedLength);
}
