using Simper.Evaluation;

namespace Simper.Judging.Comparison;

/// <summary>How the answers of a second model fare against those of a first one.</summary>
/// <param name="Judge">Who judged, or by what.</param>
/// <param name="WinRate">Of the second model; a tie counts as half.</param>
/// <param name="Interval">Its 95 % interval, over prompts.</param>
/// <param name="Wins">Prompts on which the second is preferred.</param>
/// <param name="Losses">Prompts on which the first is.</param>
/// <param name="Ties">All others, those with a verdict that changed with the order among them.</param>
/// <param name="PValue">Of the sign test over wins and losses.</param>
/// <param name="Detectable">The smallest difference of the win rate from one half that this would find four times in
/// five.</param>
/// <param name="Consistency">The share of prompts whose verdict does not depend on the order; NaN where there is no
/// order.</param>
/// <param name="FirstShown">The share of decided verdicts for the answer that was shown first; NaN where there is none.</param>
public sealed record ComparisonResult(
    string Judge,
    double WinRate,
    Interval Interval,
    int Wins,
    int Losses,
    int Ties,
    double PValue,
    double Detectable,
    double Consistency,
    double FirstShown
)
{
    /// <summary>Prompts.</summary>
    public int Prompts => Wins + Losses + Ties;

    /// <summary>Whether the interval leaves one half out, and there are enough prompts to say so.</summary>
    public bool IsDecided => Prompts >= PairedDifference.FewestToJudge && (Interval.Low > 0.5 || Interval.High < 0.5);

    /// <summary>The result in one sentence.</summary>
    public string Sentence(string first, string second) =>
        IsDecided ? $"{(WinRate > 0.5 ? second : first)} is preferred by {Judge}."
        : Prompts < PairedDifference.FewestToJudge ? $"{Prompts} prompts are too few to prefer either."
        : $"No difference was found; {Judge} may still prefer one of them by less than this many prompts can show.";

    /// <summary>Of verdicts in both orders.</summary>
    public static ComparisonResult Of(string judge, IReadOnlyList<PairVerdict> verdicts)
    {
        double[] decidedFirst =
        [
            .. verdicts.SelectMany(v => new[] { 1 - v.Forward, v.Backward }).Where(shownFirst => shownFirst != 0.5),
        ];
        return Of(
            judge,
            [.. verdicts.Select(v => v.Preference)],
            verdicts.Average(v => v.IsConsistent ? 1.0 : 0.0),
            decidedFirst.Length == 0 ? double.NaN : decidedFirst.Average()
        );
    }

    /// <summary>Of preferences for the second answer in [0, 1], at least one.</summary>
    public static ComparisonResult Of(
        string judge,
        IReadOnlyList<double> preferences,
        double consistency = double.NaN,
        double firstShown = double.NaN
    )
    {
        PairedDifference difference = PairedDifference.Of([.. preferences.Select(_ => 0.5)], preferences);
        // Verdicts that all agree tell nothing of their spread; the largest possible one then stands in for it.
        double detectable =
            difference.StandardDeviation > 0 ? difference.Detectable : DetectableDifference.OfShare(preferences.Count);
        Interval interval =
            difference.StandardDeviation > 0
                ? new Interval(Math.Max(0, difference.Interval.Low + 0.5), Math.Min(1, difference.Interval.High + 0.5))
                : Interval.OfShare((int)Math.Round(preferences.Sum()), preferences.Count);
        return new ComparisonResult(
            judge,
            difference.Mean + 0.5,
            interval,
            difference.Wins,
            difference.Losses,
            difference.Ties,
            difference.PValue,
            detectable,
            consistency,
            firstShown
        );
    }
}
