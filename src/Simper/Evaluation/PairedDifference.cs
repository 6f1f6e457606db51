using System.Globalization;

namespace Simper.Evaluation;

/// <summary>
/// How a second system differs from a first one on the same pairs, and whether that says anything. Pairs are compared with
/// themselves, so that what is hard for both is no noise.
/// </summary>
/// <param name="Pairs">How many were compared.</param>
/// <param name="Mean">Mean of second less first.</param>
/// <param name="StandardDeviation">Of the differences; 0 for a single pair.</param>
/// <param name="Interval">The 95 % interval of the mean; see <see cref="Interval.OfMean"/>.</param>
/// <param name="Wins">Pairs on which the second is higher.</param>
/// <param name="Losses">Pairs on which it is lower.</param>
public sealed record PairedDifference(int Pairs, double Mean, double StandardDeviation, Interval Interval, int Wins, int Losses)
{
    /// <summary>With fewer pairs no interval is to be trusted, and no verdict is given.</summary>
    public const int FewestToJudge = 10;

    /// <summary>Whether there are pairs enough for a verdict.</summary>
    public bool IsJudged => Pairs >= FewestToJudge;

    /// <summary>Whether the second is higher for sure: enough pairs, and all of the interval above 0.</summary>
    public bool IsAbove => IsJudged && Interval.Low > 0;

    /// <summary>Whether the second is lower for sure.</summary>
    public bool IsBelow => IsJudged && Interval.High < 0;

    /// <summary>Pairs without a difference.</summary>
    public int Ties => Pairs - Wins - Losses;

    /// <summary>The exact two-sided sign test's; for accuracies McNemar's exact test's.</summary>
    public double PValue => SignTest.PValue(Wins, Losses);

    /// <summary>
    /// The smallest difference that differences so spread over so many pairs would show; see <see cref="DetectableDifference"/>.
    /// </summary>
    public double Detectable => DetectableDifference.OfMean(StandardDeviation, Pairs);

    /// <summary>
    /// Student's interval of the mean at another confidence, as where several differences are looked at and the best is reported.
    /// </summary>
    public Interval At(double confidence) => Interval.Student(Mean, StandardDeviation, Pairs, confidence);

    /// <summary>Compares a figure, pair by pair.</summary>
    /// <param name="first">Of the first system, the baseline.</param>
    /// <param name="second">Of the second, in the same order.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <exception cref="ArgumentException">There are no pairs, not as many of the one as of the other, or a figure is no
    /// number.</exception>
    public static PairedDifference Of(IReadOnlyList<double> first, IReadOnlyList<double> second, long seed = 42)
    {
        if (first.Count != second.Count || first.Count == 0)
            throw new ArgumentException(
                $"There are {first.Count} figures of the first system and {second.Count} of the second; they have to be "
                    + "of the same pairs.",
                nameof(second)
            );
        double[] differences = [.. second.Zip(first, (b, a) => b - a)];
        if (!differences.All(double.IsFinite))
            throw new ArgumentException("A figure is not finite; its pairs have no difference.", nameof(second));
        double mean = differences.Average();
        double variance = differences.Sum(d => (d - mean) * (d - mean)) / Math.Max(differences.Length - 1, 1);
        return new PairedDifference(
            differences.Length,
            mean,
            Math.Sqrt(variance),
            Interval.OfMean(differences, seed),
            differences.Count(d => d > 0),
            differences.Count(d => d < 0)
        );
    }

    /// <summary>Compares accuracies: which pairs each of the two got right.</summary>
    /// <inheritdoc cref="Of(IReadOnlyList{double}, IReadOnlyList{double}, long)"/>
    public static PairedDifference Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second, long seed = 42) =>
        Of([.. first.Select(right => right ? 1.0 : 0.0)], [.. second.Select(right => right ? 1.0 : 0.0)], seed);

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Mean:+0.####;-0.####;0} {Interval}, p {PValue:G2}, detectable {Detectable:G2}"
        );
}
