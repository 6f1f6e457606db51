using System.Globalization;

namespace Simper.Analysis;

/// <summary>A mixture of Gaussians on the real line: the target in the figure of modes. Immutable.</summary>
/// <param name="Components">Weights, which add up to 1, means and standard deviations.</param>
public sealed record GaussianMixture(params IReadOnlyList<(double Weight, double Mean, double Deviation)> Components)
{
    public double Mean => Components.Sum(c => c.Weight * c.Mean);

    /// <summary>The standard deviation of the whole mixture: within components and between them.</summary>
    public double Deviation =>
        Math.Sqrt(Components.Sum(c => c.Weight * (c.Deviation * c.Deviation + (c.Mean - Mean) * (c.Mean - Mean))));

    /// <summary>The density at a point.</summary>
    public double Density(double x) => Components.Sum(c => c.Weight * Gaussian(x, c.Mean, c.Deviation));

    public override string ToString() =>
        string.Join(
            " + ",
            Components.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Weight} N({c.Mean}, {c.Deviation})"))
        );

    internal static double Gaussian(double x, double mean, double deviation)
    {
        double z = (x - mean) / deviation;
        return Math.Exp(-0.5 * z * z) / (deviation * Math.Sqrt(2 * Math.PI));
    }
}
