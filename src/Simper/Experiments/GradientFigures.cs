using Simper.Analysis;
using Simper.Reports;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>Plots of <see cref="GradientStudy"/>.</summary>
public static class GradientFigures
{
    private const int Neutral = 6;

    /// <summary>The coefficient against the mean log-prob, without a model.</summary>
    public static Figure Of(IReadOnlyList<ObjectiveSpec> objectives)
    {
        double[] means = [.. Enumerable.Range(0, 160).Select(i => -8 + i * 0.05)];
        return new Figure
        {
            Title = $"How hard a rejected answer of {CoefficientCurve.Tokens} tokens is pushed down",
            XLabel = "mean log-prob of the rejected answer",
            YLabel = "dL / d log π(rejected)",
            LogY = true,
            Curves =
            [
                .. objectives.Select(o => new Curve(
                    o.Text,
                    means,
                    [.. CoefficientCurve.Of(o.Text, o.Objective, means).Points.Select(p => p.Outcome.RejectedGradient)]
                )),
            ],
        };
    }

    /// <summary>Pairs of a model, or the change of their means over a run.</summary>
    public static IEnumerable<(string Name, Figure Figure)> Of(IReadOnlyList<GradientSummary> found)
    {
        IGrouping<string, GradientSummary>[] runs = [.. found.GroupBy(s => s.Name)];
        if (runs.Any(r => r.Count() > 1))
        {
            yield return (
                "gradients-norms",
                Course(
                    runs,
                    "Gradient of the weights, chosen and rejected term",
                    "norm, mean over pairs",
                    "chosen_norm",
                    "rejected_norm",
                    logY: true
                )
            );
            yield return (
                "gradients-coefficients",
                Course(
                    runs,
                    "Pull at chosen and rejected answers",
                    "|dL / d log π(y)|, mean over pairs",
                    "chosen_coefficient",
                    "rejected_coefficient",
                    logY: true
                )
            );
            yield return (
                "gradients-log-probs",
                Course(
                    runs,
                    "Log-probs on the way",
                    "mean log-prob",
                    "chosen_mean_log_prob",
                    "rejected_mean_log_prob",
                    logY: false
                )
            );
            yield break;
        }
        Figure pulls = Scatter(
            runs,
            "Pull at the rejected answer, pair by pair",
            "mean log-prob of the rejected answer",
            "|dL / d log π(rejected)|",
            p => p.Outcome.RejectedMean,
            p => p.RejectedCoefficient
        );
        yield return ("gradients-coefficients", pulls with { LogY = true });
        Figure norms = Scatter(
            runs,
            "Gradient of the weights, pair by pair",
            "norm of the chosen term",
            "norm of the rejected term",
            p => p.ChosenNorm,
            p => p.RejectedNorm
        );
        double[] all =
        [
            .. found.SelectMany(s => s.Pairs).SelectMany(p => (double[])[p.ChosenNorm, p.RejectedNorm]).Where(n => n > 0),
        ];
        double[] ends = all.Length == 0 ? [] : [all.Min(), all.Max()];
        yield return (
            "gradients-norms",
            norms with
            {
                LogX = true,
                LogY = true,
                Height = 480,
                Curves = [new Curve("equal", ends, ends) { Colour = Neutral, Dashed = true }, .. norms.Curves],
            }
        );
    }

    private static Figure Course(
        IGrouping<string, GradientSummary>[] runs,
        string title,
        string yLabel,
        string chosen,
        string rejected,
        bool logY
    ) =>
        new()
        {
            Title = title,
            XLabel = "steps",
            YLabel = yLabel,
            LogY = logY,
            Curves =
            [
                .. runs.SelectMany(
                    (run, i) => (Curve[])[Side(run, chosen, i, dashed: false), Side(run, rejected, i, dashed: true)]
                ),
            ],
        };

    private static Curve Side(IGrouping<string, GradientSummary> run, string key, int colour, bool dashed) =>
        new(
            $"{run.Key}, {(dashed ? "rejected" : "chosen")}",
            [.. run.Select(s => (double)s.Step)],
            [.. run.Select(s => s.MeanOf(key)?.Mean ?? double.NaN)]
        )
        {
            Colour = colour,
            Dashed = dashed,
        };

    private static Figure Scatter(
        IGrouping<string, GradientSummary>[] runs,
        string title,
        string xLabel,
        string yLabel,
        Func<PairGradient, double> x,
        Func<PairGradient, double> y
    ) =>
        new()
        {
            Title = title,
            XLabel = xLabel,
            YLabel = yLabel,
            Curves =
            [
                .. runs.Select(
                    (run, i) =>
                        new Curve(run.Key, [.. run.First().Pairs.Select(x)], [.. run.First().Pairs.Select(y)])
                        {
                            Colour = i,
                            Points = true,
                            Line = false,
                        }
                ),
            ],
        };
}
