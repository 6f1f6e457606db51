using System.Globalization;

namespace Simper.Runs.Guards;

/// <summary>
/// How far a model's health may move from where the run began. The limits are far outside of what runs that end well show
/// (docs/training-guards.md has what was measured), since their use is to catch a model that is being destroyed: a narrow limit
/// would fire on what preference training is meant to change.
/// </summary>
internal static class HealthLimits
{
    /// <summary>So many times the perplexity of the start, of chosen answers or of the text.</summary>
    public const double Perplexity = 2;

    /// <summary>So much of the start's chance to end where chosen answers end.</summary>
    public const double StopChance = 0.5;

    /// <summary>A start below it has no habit of ending that could be lost.</summary>
    public const double LeastStopChance = 0.1;

    /// <summary>So much more of greedy answers is repetition.</summary>
    public const double Repetition = 0.3;

    /// <summary>So many more of the greedy answers do not end, as a share.</summary>
    public const double AtLimit = 0.5;

    /// <summary>So much of the start's length of greedy answers.</summary>
    public const double Length = 0.25;

    /// <summary>A figure beyond its limit.</summary>
    /// <param name="Severity">How far: 1 at the limit, 2 at twice the way there; infinite for what is no number.</param>
    /// <param name="What">In words, without a full stop.</param>
    public readonly record struct Trouble(double Severity, string What);

    /// <summary>All figures beyond their limits, the worst first.</summary>
    /// <param name="start">Before training.</param>
    /// <param name="now">Now.</param>
    public static IReadOnlyList<Trouble> Of(HealthFigures start, HealthFigures now) =>
        [
            .. All(start, now)
                .Where(t => !(t.Severity < 1)) // what is no number is trouble
                .OrderByDescending(t => double.IsNaN(t.Severity) ? double.PositiveInfinity : t.Severity)
                .Select(t => double.IsNaN(t.Severity) ? t with { Severity = double.PositiveInfinity } : t),
        ];

    private static IEnumerable<Trouble> All(HealthFigures start, HealthFigures now)
    {
        if (double.IsFinite(start.ChosenPerplexity))
            yield return Ratio("the perplexity of chosen answers is", start.ChosenPerplexity, now.ChosenPerplexity, Perplexity);
        if (double.IsFinite(start.TextPerplexity))
            yield return Ratio("the perplexity of the text is", start.TextPerplexity, now.TextPerplexity, Perplexity);
        if (start.StopChance >= LeastStopChance)
            yield return Ratio("the chance to end behind chosen answers is", start.StopChance, now.StopChance, StopChance);
        if (double.IsNaN(start.Length))
            yield break;
        yield return Difference("of answers is repetition", start.Repetition, now.Repetition, Repetition);
        yield return Difference("of answers do not end", start.AtLimit, now.AtLimit, AtLimit);
        yield return Ratio("the tokens of an answer are", start.Length, now.Length, Length);
    }

    private static Trouble Ratio(string what, double start, double now, double limit) =>
        new(
            Math.Log(now / start) / Math.Log(limit),
            string.Create(CultureInfo.InvariantCulture, $"{what} {now:G4}, {start:G4} at the start")
        );

    private static Trouble Difference(string what, double start, double now, double limit) =>
        new((now - start) / limit, string.Create(CultureInfo.InvariantCulture, $"{now:P0} {what}, and {start:P0} at the start"));
}
