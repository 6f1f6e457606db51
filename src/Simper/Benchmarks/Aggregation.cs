using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>
/// How the figures of all rows become one number and its standard error, as in the harness: in closed form for means, by
/// bootstrap for what it resamples, none for all else.
/// </summary>
internal sealed class Aggregation
{
    private static readonly Dictionary<string, Aggregation> Known = new(StringComparer.Ordinal)
    {
        ["mean"] = new(v => HarnessStatistics.Mean(Numbers(v))) { IsMean = true },
        ["median"] = Resampled(v => v.Order().ElementAt(v.Length / 2)),
        ["perplexity"] = Resampled(v => Math.Exp(-HarnessStatistics.Mean(v))),
        ["weighted_perplexity"] = new(v => Math.Exp(-HarnessStatistics.WeightedMean(Pairs(v)))),
        ["bits_per_byte"] = new(v => -HarnessStatistics.WeightedMean(Pairs(v)) / Math.Log(2)),
        ["brier_score"] = new(v => HarnessStatistics.Mean([.. v.Select(Brier)])),
        ["f1"] = OfPairs(F1),
        ["matthews_corrcoef"] = OfPairs(Matthews),
    };

    private readonly Func<IReadOnlyList<JsonNode>, double> _total;
    private Func<IReadOnlyList<JsonNode>, int, double>? _resampled;

    private Aggregation(Func<IReadOnlyList<JsonNode>, double> total) => _total = total;

    /// <summary>The names that task files may use.</summary>
    public static IEnumerable<string> Names => Known.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether it is a plain mean, so that two models can be compared row by row.</summary>
    public bool IsMean { get; private init; }

    /// <summary>An aggregation by its name; null if there is none.</summary>
    public static Aggregation? Named(string name) => Known.GetValueOrDefault(name);

    /// <summary>A task's own.</summary>
    public static Aggregation Of(Func<IReadOnlyList<JsonNode>, double> function) => new(function);

    /// <summary>The number.</summary>
    public double Total(IReadOnlyList<JsonNode> rows) => _total(rows);

    /// <summary>Its standard error; null where the harness gives none.</summary>
    /// <param name="rows">The figures.</param>
    /// <param name="iterations">Resamples of a bootstrap; 0 for no standard errors at all.</param>
    public double? Error(IReadOnlyList<JsonNode> rows, int iterations) =>
        iterations <= 0 || rows.Count < 2 ? null
        : IsMean ? HarnessStatistics.MeanError(Numbers(rows))
        : _resampled?.Invoke(rows, iterations);

    /// <summary>A row's figure as a number; truths are 1 and 0.</summary>
    public static double Number(JsonNode figure) =>
        figure.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.True => 1,
            System.Text.Json.JsonValueKind.False => 0,
            _ => figure.AsValue().TryGetValue(out double number) ? number
            : figure.AsValue().TryGetValue(out int whole) ? whole
            : figure.AsValue().GetValue<long>(),
        };

    private static double[] Numbers(IReadOnlyList<JsonNode> rows) => [.. rows.Select(Number)];

    private static (double, double)[] Pairs(IReadOnlyList<JsonNode> rows) => [.. rows.Select(Pair)];

    private static (double First, double Second) Pair(JsonNode row) => (Number(row[0]!), Number(row[1]!));

    private static Aggregation Resampled(Func<double[], double> statistic) =>
        new(v => statistic(Numbers(v)))
        {
            _resampled = (rows, iterations) => HarnessStatistics.BootstrapError(Numbers(rows), iterations, statistic),
        };

    // Rows are drawn by their place, which is how Python draws them.
    private static Aggregation OfPairs(Func<(double, double)[], double> statistic) =>
        new(v => statistic(Pairs(v)))
        {
            _resampled = (rows, iterations) =>
            {
                (double, double)[] pairs = Pairs(rows);
                double[] places = [.. Enumerable.Range(0, pairs.Length).Select(i => (double)i)];
                return HarnessStatistics.BootstrapError(
                    places,
                    iterations,
                    drawn => statistic([.. drawn.Select(i => pairs[(int)i])])
                );
            },
        };

    // Squared distance of the choices' probabilities from the right one.
    private static double Brier(JsonNode row)
    {
        int right = (int)Number(row[0]!);
        return row[1]!.AsArray().Select((p, i) => Math.Pow(Number(p!) - (i == right ? 1 : 0), 2)).Sum();
    }

    private static double F1((double Gold, double Guess)[] pairs)
    {
        int hits = pairs.Count(p => p is (1, 1));
        int all = pairs.Count(p => p.Gold == 1) + pairs.Count(p => p.Guess == 1);
        return all == 0 ? 0 : 2.0 * hits / all;
    }

    // For two classes; of the confusion matrix.
    private static double Matthews((double Gold, double Guess)[] pairs)
    {
        double Count(double gold, double guess) => pairs.Count(p => p == (gold, guess));
        (double a, double b, double c, double d) = (Count(1, 1), Count(0, 0), Count(0, 1), Count(1, 0));
        double scale = Math.Sqrt((a + c) * (a + d) * (b + c) * (b + d));
        return scale == 0 ? 0 : (a * b - c * d) / scale;
    }
}
