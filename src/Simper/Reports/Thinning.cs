namespace Simper.Reports;

/// <summary>Reduces long curves to a size fit for a page, without losing their spikes.</summary>
internal static class Thinning
{
    /// <summary>Longer curves are thinned: it is more than a figure has pixels.</summary>
    public const int Points = 600;

    /// <summary>The lowest and the highest point of each stretch of the curve, in order; a short curve unchanged.</summary>
    public static (double[] X, double[] Y) Extremes(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        if (x.Count <= Points)
            return ([.. x], [.. y]);
        var kept = new SortedSet<int> { 0, x.Count - 1 };
        int stretches = Points / 2 - 1;
        for (int stretch = 0; stretch < stretches; stretch++)
        {
            int start = (int)((long)stretch * x.Count / stretches);
            int end = (int)((long)(stretch + 1) * x.Count / stretches);
            int[] finite = [.. Enumerable.Range(start, end - start).Where(i => double.IsFinite(y[i]))];
            if (finite.Length == 0)
                continue;
            kept.Add(finite.MinBy(i => y[i]));
            kept.Add(finite.MaxBy(i => y[i]));
        }
        return ([.. kept.Select(i => x[i])], [.. kept.Select(i => y[i])]);
    }

    /// <summary>
    /// The running mean over a window centred on each point, clipped at the ends; values that are NaN are skipped.
    /// </summary>
    public static double[] Smoothed(IReadOnlyList<double> y, int window)
    {
        int half = window / 2;
        var smoothed = new double[y.Count];
        for (int i = 0; i < y.Count; i++)
        {
            (double sum, int count) = (0, 0);
            for (int j = Math.Max(0, i - half); j <= Math.Min(y.Count - 1, i + half); j++)
            {
                if (double.IsFinite(y[j]))
                    (sum, count) = (sum + y[j], count + 1);
            }
            smoothed[i] = count == 0 ? double.NaN : sum / count;
        }
        return smoothed;
    }
}
