using System.Globalization;
using MathNet.Numerics.Distributions;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Evaluation;

/// <summary>A confidence interval, of 95 % unless said otherwise.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>For fewer values than this the interval of a mean is Student's, not the bootstrap's.</summary>
    public const int FewestResampled = 30;

    /// <summary>Wilson's interval of a proportion (Wilson 1927): accurate also near 0 and 1, and for few pairs.</summary>
    public static Interval OfShare(int successes, int trials)
    {
        (double low, double high) = SharePercent.Interval(successes, trials);
        return new Interval(low, high);
    }

    /// <summary>
    /// Of a mean: the percentile bootstrap (Efron 1979) over 2,000 resamples. For fewer than <see cref="FewestResampled"/> values
    /// <see cref="Student"/>'s, since resamples of a handful vary too little. For a change between two models pass the paired
    /// differences: the interval is then a paired one.
    /// </summary>
    public static Interval OfMean(IReadOnlyList<double> values, long seed = 42)
    {
        const int resamples = 2000;
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Count, 1);
        if (values.Count < FewestResampled)
        {
            double mean = values.Average();
            return Student(
                mean,
                Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Math.Max(values.Count - 1, 1)),
                values.Count
            );
        }
        DeterministicRandom random = DeterministicRandom.For((ulong)seed, "bootstrap");
        var means = new double[resamples];
        for (int r = 0; r < resamples; r++)
        {
            double sum = 0;
            for (int i = 0; i < values.Count; i++)
                sum += values[random.NextBelow(values.Count)];
            means[r] = sum / values.Count;
        }
        Array.Sort(means);
        return new Interval(means[(int)(0.025 * resamples)], means[(int)(0.975 * resamples) - 1]);
    }

    /// <summary>
    /// Student's interval of a mean (Student 1908): valid for as few as two values if they are roughly normal. For a single
    /// value, which tells nothing about the spread, it is unbounded.
    /// </summary>
    /// <param name="mean">The mean.</param>
    /// <param name="standardDeviation">From value to value.</param>
    /// <param name="count">How many values.</param>
    /// <param name="confidence">Coverage probability.</param>
    public static Interval Student(double mean, double standardDeviation, int count, double confidence = 0.95)
    {
        if (count < 2)
            return new Interval(double.NegativeInfinity, double.PositiveInfinity);
        double half = StudentQuantile(count - 1, confidence) * standardDeviation / Math.Sqrt(count);
        return new Interval(mean - half, mean + half);
    }

    /// <summary>The quantile of Student's t distribution: standard errors to each side that give the wanted coverage.</summary>
    internal static double StudentQuantile(int degreesOfFreedom, double confidence = 0.95) =>
        StudentT.InvCDF(0, 1, degreesOfFreedom, (1 + confidence) / 2);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Low:G4}, {High:G4}]");
}
