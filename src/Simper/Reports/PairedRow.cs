namespace Simper.Reports;

/// <summary>The same pair in two evaluations.</summary>
/// <param name="First">In the one that is the baseline.</param>
/// <param name="Second">In the other.</param>
/// <param name="Texts">What was asked and answered, where either evaluation says it.</param>
public sealed record PairedRow(PairRecord First, PairRecord Second, PairTexts? Texts)
{
    /// <summary>How much the margin grew.</summary>
    public double MarginChange => Second.Margin - First.Margin;

    /// <summary>How much a pair's margin grew; a single good answer's log-prob grew, or a bad one's fell.</summary>
    public double Gain =>
        Second.IsPair ? MarginChange
        : Second.ChosenTokens > 0 ? Second.ChosenMean - First.ChosenMean
        : First.RejectedMean - Second.RejectedMean;
}
