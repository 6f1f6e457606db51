using System.Text.Json.Nodes;
using Simper.Evaluation;

namespace Simper.Analysis;

/// <summary>The gradients of an objective on several pairs at one moment, averaged. Immutable.</summary>
/// <param name="Name">The objective, as the user wrote it.</param>
/// <param name="Step">Training steps done before it.</param>
/// <param name="Pairs">Pair by pair, at least one.</param>
public sealed record GradientSummary(string Name, int Step, IReadOnlyList<PairGradient> Pairs)
{
    /// <summary>
    /// What is averaged: its label in tables, its key in files, and whether the mean is geometric (for ratios).
    /// </summary>
    public static IReadOnlyList<(string Name, string Key, bool IsGeometric, Func<PairGradient, double> Of)> Figures { get; } =
    [
        ("chosen coefficient", "chosen_coefficient", false, p => p.ChosenCoefficient),
        ("rejected coefficient", "rejected_coefficient", false, p => p.RejectedCoefficient),
        ("rejected / chosen, geometric mean", "ratio", true, p => p.Ratio),
        ("chosen, of the mean log-prob", "chosen_coefficient_of_mean", false, p => p.ChosenCoefficient * p.Outcome.ChosenTokens),
        (
            "rejected, of the mean log-prob",
            "rejected_coefficient_of_mean",
            false,
            p => p.RejectedCoefficient * p.Outcome.RejectedTokens
        ),
        ("norm of the chosen term", "chosen_norm", false, p => p.ChosenNorm),
        ("norm of the rejected term", "rejected_norm", false, p => p.RejectedNorm),
        ("cosine of the two", "cosine", false, p => p.Cosine),
        ("norm of the whole", "norm", false, p => p.Norm),
        ("mean log-prob, chosen", "chosen_mean_log_prob", false, p => p.Outcome.ChosenMean),
        ("mean log-prob, rejected", "rejected_mean_log_prob", false, p => p.Outcome.RejectedMean),
    ];

    /// <summary>
    /// Mean over the pairs that have a value, with its 95 % interval; null where none has. For ratios, the geometric mean over
    /// those that are neither 0 nor infinite.
    /// </summary>
    public (double Mean, Interval Interval)? MeanOf(string key)
    {
        (_, _, bool isGeometric, Func<PairGradient, double> figure) = Figures.First(f => f.Key == key);
        double[] values = [.. Pairs.Select(figure).Select(v => isGeometric ? Math.Log(v) : v).Where(double.IsFinite)];
        if (values.Length == 0)
            return null;
        Interval interval = Interval.OfMean(values);
        return isGeometric
            ? (Math.Exp(values.Average()), new Interval(Math.Exp(interval.Low), Math.Exp(interval.High)))
            : (values.Average(), interval);
    }

    /// <summary>As written to files.</summary>
    public JsonObject ToJson()
    {
        var means = new JsonObject();
        foreach ((_, string key, _, _) in Figures)
            means[key] = MeanOf(key) is { } found
                ? new JsonObject
                {
                    ["mean"] = found.Mean,
                    ["interval"] = new JsonArray(JsonNumber.Of(found.Interval.Low), JsonNumber.Of(found.Interval.High)),
                }
                : null;
        return new JsonObject
        {
            ["objective"] = Name,
            ["step"] = Step,
            ["means"] = means,
            ["pairs"] = new JsonArray([.. Pairs.Select(p => p.ToJson())]),
        };
    }
}
