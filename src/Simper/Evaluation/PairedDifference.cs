using System.Globalization;

namespace Simper.Evaluation;

/// <summary>
/// How a second system differs from a first one on the same pairs, and whether the difference is significant. Comparing pair by
/// pair cancels the noise from pairs that are hard for both.
/// </summary>
/// <param name="Pairs">How many were compared.</param>
/// <param name="Mean">Mean of second minus first.</param>
/// <param name="StandardDeviation">Of the differences; 0 for a single pair.</param>
/// <param name="Interval">The 95 % interval of the mean; see <see cref="Interval.OfMean"/>.</param>
/// <param name="Wins">Pairs on which the second is higher.</param>
/// <param name="Losses">Pairs on which it is lower.</param>
public sealed record PairedDifference(int Pairs, double Mean, double StandardDeviation, Interval Interval, int Wins, int Losses)
{
    /// <summary>With fewer pairs no interval is reliable, and no verdict is given.</summary>
    public const int FewestToJudge = 10;

    /// <summary>Whether there are enough pairs for a verdict.</summary>
    public bool IsJudged => Pairs >= FewestToJudge;

    /// <summary>Whether the second is significantly higher: enough pairs, and the whole interval above 0.</summary>
    public bool IsAbove => IsJudged && Interval.Low > 0;

    /// <summary>Whether the second is significantly lower.</summary>
    public bool IsBelow => IsJudged && Interval.High < 0;

    /// <summary>Ties.</summary>
    public int Ties => Pairs - Wins - Losses;

    /// <summary>The p-value of the exact two-sided sign test; for accuracies that is McNemar's exact test.</summary>
    public double PValue => SignTest.PValue(Wins, Losses);

    /// <summary>
    /// The smallest difference detectable with this spread and number of pairs; see <see cref="DetectableDifference"/>.
    /// </summary>
    public double Detectable => DetectableDifference.OfMean(StandardDeviation, Pairs);

    /// <summary>
    /// Student's interval of the mean at another confidence, as for several comparisons of which the best is reported.
    /// </summary>
    public Interval At(double confidence) => Interval.Student(Mean, StandardDeviation, Pairs, confidence);

    /// <summary>Compares a figure, pair by pair.</summary>
    /// <param name="first">Of the first system, the baseline.</param>
    /// <param name="second">Of the second, in the same order.</param>
    /// <param name="seed">Of the bootstrap.</param>
    /// <exception cref="ArgumentException">There are no pairs, the two lists differ in length, or a figure is NaN.</exception>
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

    /// <summary>Compares accuracies, from which pairs each system got right.</summary>
    /// <inheritdoc cref="Of(IReadOnlyList{double}, IReadOnlyList{double}, long)"/>
    public static PairedDifference Of(IReadOnlyList<bool> first, IReadOnlyList<bool> second, long seed = 42) =>
        Of([.. first.Select(right => right ? 1.0 : 0.0)], [.. second.Select(right => right ? 1.0 : 0.0)], seed);

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Mean:+0.####;-0.####;0} {Interval}, p {PValue:G2}, detectable {Detectable:G2}"
        );
}
