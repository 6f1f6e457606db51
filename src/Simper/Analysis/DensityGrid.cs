namespace Simper.Analysis;

/// <summary>
/// The line from -15 to 15 in 6,001 points, on which densities are compared. Target and fit are distributions over the points and
/// add up to 1: otherwise a fit with its mass beyond the ends would have a reverse KL near zero. Not thread safe.
/// </summary>
internal sealed class DensityGrid
{
    public const int Count = 6001;
    public const double Low = -15;
    public const double High = 15;
    public const double Spacing = (High - Low) / (Count - 1);

    private readonly double[] _target;
    private readonly double[] _logTarget;
    private readonly double[] _fit = new double[Count];

    public DensityGrid(GaussianMixture target)
    {
        _target = [.. Enumerable.Range(0, Count).Select(i => target.Density(At(i)))];
        double sum = _target.Sum();
        for (int i = 0; i < Count; i++)
            _target[i] /= sum;
        _logTarget = Array.ConvertAll(_target, Math.Log);
    }

    public static double At(int point) => Low + point * Spacing;

    /// <summary>The value of an objective for the Gaussian of this mean and deviation.</summary>
    public double Value(FitObjective objective, double mean, double deviation)
    {
        double logSum = Fit(_fit, mean, deviation);
        return objective switch
        {
            FitObjective.ForwardKl => Sum(i => _target[i] * (_logTarget[i] - LogFit(i))),
            FitObjective.ReverseKl => Sum(i => _fit[i] * (LogFit(i) - _logTarget[i])),
            FitObjective.TotalVariation => TotalVariation.Distance(_target, _fit),
            FitObjective.SimPerSurrogate => -Sum(i => _target[i] * _fit[i]) / Spacing, // per unit of x, since it is a density
            _ => throw new ArgumentOutOfRangeException(nameof(objective)),
        };

        // a far point's probability underflows to 0 in a double, its logarithm does not
        double LogFit(int i) => Exponent(i, mean, deviation) - logSum;
    }

    private static double Sum(Func<int, double> term)
    {
        double sum = 0;
        for (int i = 0; i < Count; i++)
            sum += term(i);
        return sum;
    }

    // Probabilities of all points, and the logarithm of their sum before normalisation.
    private static double Fit(double[] fit, double mean, double deviation)
    {
        double highest = Exponent(Math.Clamp((int)Math.Round((mean - Low) / Spacing), 0, Count - 1), mean, deviation);
        double sum = 0;
        for (int i = 0; i < Count; i++)
            sum += fit[i] = Math.Exp(Exponent(i, mean, deviation) - highest);
        for (int i = 0; i < Count; i++)
            fit[i] /= sum;
        return highest + Math.Log(sum);
    }

    private static double Exponent(int point, double mean, double deviation)
    {
        double z = (At(point) - mean) / deviation;
        return -0.5 * z * z;
    }
}
