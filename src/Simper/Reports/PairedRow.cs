namespace Simper.Reports;

/// <summary>The same pair in two evaluations.</summary>
/// <param name="First">In the baseline.</param>
/// <param name="Second">In the other.</param>
/// <param name="Texts">Prompt and answers, if either evaluation has them.</param>
public sealed record PairedRow(PairRecord First, PairRecord Second, PairTexts? Texts)
{
    /// <summary>The gain of the margin.</summary>
    public double MarginChange => Second.Margin - First.Margin;

    /// <summary>
    /// How much a pair's margin grew; for a single answer, how much a good one's log-prob rose or a bad one's fell.
    /// </summary>
    public double Gain =>
        Second.IsPair ? MarginChange
        : Second.ChosenTokens > 0 ? Second.ChosenMean - First.ChosenMean
        : First.RejectedMean - Second.RejectedMean;
}
