namespace Simper.Experiments;

/// <summary>
/// How log-probs are read: margin and chosen log-prob, both as means per token or both as sums.
/// </summary>
public enum LogProbKind
{
    /// <summary>Means per token.</summary>
    Mean,

    /// <summary>Sums over the answer.</summary>
    Sum,
}

/// <summary>
/// Margins and chosen log-probs of the same pairs along an arm, from the start: [t][i], t measurements, i pairs. The part of a
/// trajectory that a comparison at matched margin needs.
/// </summary>
/// <param name="Margins">Of each pair at each measurement.</param>
/// <param name="Chosen">The chosen answer's log-prob, likewise.</param>
public sealed record Course(IReadOnlyList<double[]> Margins, IReadOnlyList<double[]> Chosen)
{
    /// <summary>Number of pairs.</summary>
    public int Pairs => Margins[0].Length;

    /// <summary>Extracts it from a trajectory.</summary>
    public static Course Of(IReadOnlyList<Measurement> measurements, LogProbKind kind) =>
        kind == LogProbKind.Mean
            ? new Course(
                [.. measurements.Select(m => m.Pairs.Select(p => p.MeanMargin).ToArray())],
                [.. measurements.Select(m => m.Pairs.Select(p => p.ChosenMean).ToArray())]
            )
            : new Course(
                [.. measurements.Select(m => m.Pairs.Select(p => p.SumMargin).ToArray())],
                [.. measurements.Select(m => m.Pairs.Select(p => p.ChosenSum).ToArray())]
            );

    /// <summary>Mean margin at every measurement over a selection of the pairs, possibly with repetition.</summary>
    internal double[] MeanMargins(int[] pairs) => [.. Margins.Select(m => Mean(m, pairs))];

    /// <summary>The chosen log-prob at every measurement, averaged likewise.</summary>
    internal double[] MeanChosen(int[] pairs) => [.. Chosen.Select(c => Mean(c, pairs))];

    /// <summary>Where the mean margin first reaches a level, as a fractional measurement index; it must reach it.</summary>
    internal double PlaceOf(double margin) => FirstReached(MeanMargins([.. Enumerable.Range(0, Pairs)]), margin);

    /// <summary>The chosen log-prob of every pair at a fractional index.</summary>
    internal double[] ChosenAt(double place) => [.. Enumerable.Range(0, Pairs).Select(i => Between(t => Chosen[t][i], place))];

    /// <summary>Where a curve first reaches a level, as a fractional index of its points; it must reach it.</summary>
    internal static double FirstReached(IReadOnlyList<double> curve, double height)
    {
        if (curve[0] >= height)
            return 0;
        for (int t = 1; t < curve.Count; t++)
        {
            if (curve[t] >= height)
                return t - 1 + (height - curve[t - 1]) / (curve[t] - curve[t - 1]);
        }
        throw new ArgumentException($"The curve never reaches {height}.", nameof(height));
    }

    /// <summary>A curve between its points, linearly interpolated.</summary>
    internal static double Between(Func<int, double> curve, double place)
    {
        int t = (int)place;
        double part = place - t;
        return part == 0 ? curve(t) : (1 - part) * curve(t) + part * curve(t + 1);
    }

    private static double Mean(double[] of, int[] pairs)
    {
        double sum = 0;
        foreach (int pair in pairs)
            sum += of[pair];
        return sum / pairs.Length;
    }
}
