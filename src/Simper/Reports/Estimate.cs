using Simper.Evaluation;

namespace Simper.Reports;

/// <summary>A mean with its 95 % interval.</summary>
/// <param name="Value">The mean.</param>
/// <param name="Interval">Wilson's for proportions, else <see cref="Evaluation.Interval.OfMean"/>.</param>
public readonly record struct Estimate(double Value, Interval Interval)
{
    /// <summary>The proportion of true values.</summary>
    public static Estimate OfShare(IReadOnlyList<bool> outcomes)
    {
        int right = outcomes.Count(o => o);
        return new Estimate((double)right / outcomes.Count, Interval.OfShare(right, outcomes.Count));
    }

    /// <summary>Converts a mean log-prob into its perplexity.</summary>
    public Estimate Perplexity => new(Math.Exp(-Value), new Interval(Math.Exp(-Interval.High), Math.Exp(-Interval.Low)));

    /// <summary>The mean of figures.</summary>
    public static Estimate OfMean(IReadOnlyList<double> figures) => new(figures.Average(), Interval.OfMean(figures));
}
