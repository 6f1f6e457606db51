namespace Simper.Analysis;

/// <summary>
/// The total variation distance ½ Σ |p - q|: the largest difference between the probabilities that two distributions give to
/// any event.
/// </summary>
public static class TotalVariation
{
    /// <summary>Of two distributions over the same outcomes; in [0, 1].</summary>
    public static double Distance(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        if (p.Length != q.Length)
            throw new ArgumentException($"p has {p.Length} outcomes and q {q.Length}.", nameof(q));
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
            sum += Math.Abs(p[i] - q[i]);
        return 0.5 * sum;
    }

    /// <summary>From a point mass on y to a distribution q: 1 - q(y).</summary>
    public static double FromPointMass(double logProb) => -Expm1(logProb);

    /// <summary>
    /// Bounds for two distributions of which only some outcomes are known: the mass that both put elsewhere may or may not
    /// overlap. Exact where one of them puts all its mass on the known outcomes.
    /// </summary>
    public static (double Low, double High) Bounds(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        double known = Distance(p, q);
        double restP = Rest(p);
        double restQ = Rest(q);
        return (known + 0.5 * Math.Abs(restP - restQ), known + 0.5 * (restP + restQ));
    }

    private static double Rest(ReadOnlySpan<double> p)
    {
        double rest = 1;
        foreach (double probability in p)
            rest -= probability;
        return Math.Max(0, rest); // rounding
    }

    // exp(x) - 1 without cancellation near 0 (Kahan): in good models most tokens are nearly certain.
    private static double Expm1(double x)
    {
        double exp = Math.Exp(x);
        return exp == 1 ? x
            : exp - 1 == -1 ? -1
            : (exp - 1) * x / Math.Log(exp);
    }
}
