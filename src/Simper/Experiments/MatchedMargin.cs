using Simper.Evaluation;
using Simper.Text.Preferences;

namespace Simper.Experiments;

/// <summary>
/// Chosen log-probs of several trajectories at the same mean margin: the largest that every one of them reaches. Trajectories are
/// interpolated linearly between measurements, and an arm is evaluated where it first reaches the margin. Immutable.
/// </summary>
/// <param name="Margin">The matched margin.</param>
/// <param name="StartMargin">The margin at the start, which all share.</param>
/// <param name="Places">For each trajectory the index of the measurement where it reaches the margin: 2.25 is a quarter of the
/// way from the third to the fourth.</param>
/// <param name="Chosen">For each trajectory the chosen log-prob of every pair there.</param>
/// <param name="Start">The chosen log-prob of every pair at the start.</param>
public sealed record MatchedMargin(
    double Margin,
    double StartMargin,
    IReadOnlyList<double> Places,
    IReadOnlyList<double[]> Chosen,
    double[] Start
)
{
    private const int Resamples = 2000;

    private IReadOnlyList<Course> Courses { get; init; } = [];

    /// <summary>Matches trajectories of the same pairs from the same start.</summary>
    /// <returns>Null where a trajectory never rises above the margin of the start, so that there is nothing to match.</returns>
    public static MatchedMargin? Of(IReadOnlyList<Course> courses)
    {
        int[] all = [.. Enumerable.Range(0, courses[0].Pairs)];
        if (courses.Any(c => c.Pairs != all.Length))
            throw new ArgumentException("Courses have to be of the same pairs.", nameof(courses));
        double[][] margins = [.. courses.Select(c => c.MeanMargins(all))];
        if (margins.Any(m => !(m.Max() > m[0])))
            return null;
        double target = margins.Min(m => m.Max());
        double[] places = [.. margins.Select(m => Course.FirstReached(m, target))];
        return new MatchedMargin(
            target,
            margins[0][0],
            places,
            [.. courses.Select((c, i) => c.ChosenAt(places[i]))],
            courses[0].Chosen[0]
        )
        {
            Courses = courses,
        };
    }

    /// <summary>
    /// How much a trajectory's chosen log-prob exceeds that of another at the matched margin; above 0 it fell less.
    /// </summary>
    /// <remarks>
    /// The margin is matched again in every resample of the bootstrap, so that the interval accounts for the margins being
    /// estimates too.
    /// </remarks>
    public MatchedDifference Difference(int of, int from, long seed = 42) =>
        Matched((chosen, _) => chosen[of] - chosen[from], seed);

    /// <summary>How much a trajectory's chosen log-prob exceeds the start's.</summary>
    public MatchedDifference Change(int of, long seed = 42) => Matched((chosen, start) => chosen[of] - start, seed);

    private MatchedDifference Matched(Func<double[], double, double> statistic, long seed)
    {
        double mean = statistic([.. Chosen.Select(c => c.Average())], Start.Average());
        return new MatchedDifference(Start.Length, mean, IntervalOf(mean, statistic, seed));
    }

    // For few pairs Student's interval about the difference, with the resamples' standard deviation: their percentiles are too
    // narrow then.
    private Interval IntervalOf(double mean, Func<double[], double, double> statistic, long seed)
    {
        DeterministicRandom random = DeterministicRandom.For((ulong)seed, "bootstrap at matched margin");
        var found = new double[Resamples];
        int pairs = Start.Length;
        for (int r = 0; r < Resamples; r++)
        {
            int[] drawn = Range(pairs, _ => random.NextBelow(pairs));
            double[][] margins = [.. Courses.Select(c => c.MeanMargins(drawn))];
            double target = margins.Min(m => m.Max());
            double[] chosen =
            [
                .. Courses.Zip(margins, (course, margin) => At(course.MeanChosen(drawn), Course.FirstReached(margin, target))),
            ];
            found[r] = statistic(chosen, drawn.Average(i => Start[i]));
        }
        if (pairs < Interval.FewestResampled)
        {
            // The mean of a resample varies by √((n - 1) / n) of what the mean of n pairs does.
            double middle = found.Average();
            double ofMean = Math.Sqrt(found.Sum(f => (f - middle) * (f - middle)) / Resamples);
            return Interval.Student(mean, ofMean * pairs / Math.Sqrt(pairs - 1), pairs);
        }
        Array.Sort(found);
        return new Interval(found[(int)(0.025 * Resamples)], found[(int)(0.975 * Resamples) - 1]);
    }

    private static double At(double[] curve, double place) => Course.Between(t => curve[t], place);

    private static T[] Range<T>(int count, Func<int, T> of) => [.. Enumerable.Range(0, count).Select(of)];
}
