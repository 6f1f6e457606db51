using Simper.Reports;

namespace Simper.Experiments;

/// <summary>Trajectories of arms as plots: one colour per arm, rejected answers dashed.</summary>
internal static class TrajectoryFigures
{
    /// <summary>Chosen and rejected log-probs over steps.</summary>
    public static Figure LogProbs(
        IReadOnlyList<(string Name, IReadOnlyList<Measurement> Course)> arms,
        LogProbKind kind,
        string pairs
    ) =>
        new()
        {
            Title = $"Log-probs of {pairs} pairs: chosen, and rejected dashed",
            XLabel = "step",
            YLabel = kind == LogProbKind.Mean ? "nats per token" : "nats per answer",
            Curves =
            [
                .. arms.SelectMany(
                    (arm, i) =>
                        new[]
                        {
                            new Curve(
                                arm.Name,
                                Steps(arm.Course),
                                Averages(arm.Course, p => kind == LogProbKind.Mean ? p.ChosenMean : p.ChosenSum)
                            )
                            {
                                Colour = i,
                            },
                            new Curve(
                                "",
                                Steps(arm.Course),
                                Averages(arm.Course, p => kind == LogProbKind.Mean ? p.RejectedMean : p.RejectedSum)
                            )
                            {
                                Colour = i,
                                Dashed = true,
                            },
                        }
                ),
            ],
        };

    /// <summary>The chosen answers' log-prob against the margin: the higher a curve, the less the margin cost.</summary>
    public static Figure ChosenAgainstMargin(
        IReadOnlyList<(string Name, IReadOnlyList<Measurement> Course)> arms,
        LogProbKind kind,
        string pairs
    ) =>
        new()
        {
            Title = $"Chosen log-prob against margin, {pairs} pairs",
            XLabel = $"margin, {(kind == LogProbKind.Mean ? "nats per token" : "nats")}",
            YLabel = $"chosen log-prob, {(kind == LogProbKind.Mean ? "nats per token" : "nats")}",
            Curves =
            [
                .. arms.Select(
                    (arm, i) =>
                        new Curve(
                            arm.Name,
                            Averages(arm.Course, p => kind == LogProbKind.Mean ? p.MeanMargin : p.SumMargin),
                            Averages(arm.Course, p => kind == LogProbKind.Mean ? p.ChosenMean : p.ChosenSum)
                        )
                        {
                            Colour = i,
                            Points = true,
                        }
                ),
            ],
        };

    /// <summary>A figure of the measurements over steps.</summary>
    public static Figure OverSteps(
        IReadOnlyList<(string Name, IReadOnlyList<Measurement> Course)> arms,
        string title,
        string label,
        Func<Measurement, double> figure
    ) =>
        new()
        {
            Title = title,
            XLabel = "step",
            YLabel = label,
            Curves =
            [
                .. arms.Select((arm, i) => new Curve(arm.Name, Steps(arm.Course), [.. arm.Course.Select(figure)]) { Colour = i }),
            ],
        };

    private static double[] Steps(IReadOnlyList<Measurement> course) => [.. course.Select(m => (double)m.Step)];

    private static double[] Averages(IReadOnlyList<Measurement> course, Func<MeasuredPair, double> figure) =>
        [.. course.Select(m => m.Pairs.Average(figure))];
}
