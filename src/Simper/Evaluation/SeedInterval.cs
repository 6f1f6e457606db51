using System.Globalization;

namespace Simper.Evaluation;

/// <summary>
/// The mean of the same run under several seeds, with Student's 95 % interval: valid for as few as two if runs are roughly
/// normal.
/// </summary>
/// <param name="Seeds">Number of runs.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="StandardDeviation">Their standard deviation, from run to run.</param>
/// <param name="Interval">Of the mean.</param>
public sealed record SeedInterval(int Seeds, double Mean, double StandardDeviation, Interval Interval)
{
    /// <summary>From one figure per seed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than two: one run says nothing about the spread.</exception>
    public static SeedInterval Of(IReadOnlyList<double> figures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(figures.Count, 2);
        double mean = figures.Average();
        double deviation = Math.Sqrt(figures.Sum(f => (f - mean) * (f - mean)) / (figures.Count - 1));
        return new SeedInterval(figures.Count, mean, deviation, Interval.Student(mean, deviation, figures.Count));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mean:G4} {Interval} of {Seeds} seeds");
}
