namespace Simper.Experiments;

/// <summary>
/// A figure by which objectives are compared: one number per pair, from its first and last measurement, the same for every
/// objective.
/// </summary>
/// <param name="Name">For tables.</param>
/// <param name="Of">The pair's number.</param>
public sealed record ComparedFigure(string Name, Func<MeasuredPair, MeasuredPair, double> Of)
{
    /// <summary>Whether larger is better; null where it is neither good nor bad by itself.</summary>
    public bool? HigherIsBetter { get; init; }

    /// <summary>Whether it is 0 or 1, and its mean a proportion.</summary>
    public bool IsShare { get; init; }

    public static ComparedFigure MeanAccuracy { get; } =
        new("accuracy by mean log-prob", (_, end) => end.MeanMargin > 0 ? 1 : 0) { IsShare = true, HigherIsBetter = true };

    public static ComparedFigure RatioAccuracy { get; } =
        new("accuracy by log-ratio to the start", (start, end) => end.SumMargin > start.SumMargin ? 1 : 0)
        {
            IsShare = true,
            HigherIsBetter = true,
        };

    public static ComparedFigure RewardAccuracy { get; } =
        new("accuracy by own reward", (_, end) => end.ChosenReward > end.RejectedReward ? 1 : 0)
        {
            IsShare = true,
            HigherIsBetter = true,
        };

    public static ComparedFigure Margin { get; } =
        new("margin of mean log-probs", (_, end) => end.MeanMargin) { HigherIsBetter = true };

    public static ComparedFigure ChosenChange { get; } =
        new("change of chosen mean log-prob", (start, end) => end.ChosenMean - start.ChosenMean) { HigherIsBetter = true };

    public static ComparedFigure RejectedChange { get; } =
        new("change of rejected mean log-prob", (start, end) => end.RejectedMean - start.RejectedMean);

    public static ComparedFigure Chosen { get; } =
        new("chosen mean log-prob", (_, end) => end.ChosenMean) { HigherIsBetter = true };

    /// <summary>All, in table order.</summary>
    public static IReadOnlyList<ComparedFigure> All { get; } =
    [MeanAccuracy, RatioAccuracy, RewardAccuracy, Margin, ChosenChange, RejectedChange, Chosen];
}
