namespace Simper.Judging.Comparison;

/// <summary>What was found about a pair of answers.</summary>
/// <param name="Pair">The prompt and the answers.</param>
/// <param name="Forward">How much the second is preferred where it is shown second: 1, 0, or one half for a tie.</param>
/// <param name="Backward">The same where it is shown first.</param>
public sealed record PairVerdict(AnswerPair Pair, double Forward, double Backward)
{
    /// <summary>How much the second answer is preferred, over both orders: 0, 1/4, 1/2, 3/4 or 1.</summary>
    public double Preference => (Forward + Backward) / 2;

    /// <summary>Whether both orders give the same verdict.</summary>
    public bool IsConsistent => Forward == Backward;
}
