using System.Text.Json.Nodes;
using Simper.Evaluation;

namespace Simper.Benchmarks;

/// <summary>Two models on the same rows: for each figure that is a mean, the difference row by row with its interval.</summary>
/// <param name="Baseline">The first model.</param>
/// <param name="Model">The second.</param>
/// <param name="Figures">The figures of tasks and groups that both have.</param>
public sealed record ModelComparison(string Baseline, string Model, IReadOnlyList<ModelComparison.Figure> Figures)
{
    /// <summary>A figure of a task or group.</summary>
    /// <param name="Task">Its name.</param>
    /// <param name="Metric">The figure.</param>
    /// <param name="Filter">The filter.</param>
    /// <param name="Before">Of the first model.</param>
    /// <param name="After">Of the second.</param>
    /// <param name="Difference">The second minus the first, row by row; null where the figure is no mean over rows.</param>
    /// <param name="HigherIsBetter">Whether more is better.</param>
    public sealed record Figure(
        string Task,
        string Metric,
        string Filter,
        double Before,
        double After,
        PairedDifference? Difference,
        bool HigherIsBetter
    );

    /// <summary>Compares.</summary>
    /// <param name="first">The model that the other is compared with.</param>
    /// <param name="second">The other.</param>
    public static ModelComparison Of(BenchmarkResults first, BenchmarkResults second)
    {
        var figures = new List<Figure>();
        foreach (TaskResult task in first.Tasks)
        {
            if (second.Tasks.FirstOrDefault(t => t.Task.Config.Name == task.Task.Config.Name) is { } other)
                figures.AddRange(Compared(task.Task.Config.Name, task.Figures, other.Figures));
        }
        foreach ((TaskGroup group, IReadOnlyList<TaskFigure> own) in first.Groups)
        {
            IReadOnlyList<TaskFigure> others = second.Groups.FirstOrDefault(g => g.Group.Name == group.Name).Figures ?? [];
            figures.AddRange(Compared(group.Name, own, others));
        }
        return new ModelComparison(first.Model, second.Model, figures);
    }

    /// <summary>As JSON.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["baseline"] = Baseline,
            ["model"] = Model,
            ["figures"] = new JsonArray([.. Figures.Select(ToJson)]),
        };

    private static IEnumerable<Figure> Compared(string task, IReadOnlyList<TaskFigure> first, IReadOnlyList<TaskFigure> second) =>
        from a in first
        join b in second on (a.Metric, a.Filter) equals (b.Metric, b.Filter)
        select new Figure(
            task,
            a.Metric,
            a.Filter,
            a.Value,
            b.Value,
            a.ByRow is { Count: > 0 } && b.ByRow?.Count == a.ByRow.Count ? PairedDifference.Of(a.ByRow, b.ByRow) : null,
            a.HigherIsBetter
        );

    private static JsonObject ToJson(Figure figure)
    {
        var json = new JsonObject
        {
            ["task"] = figure.Task,
            ["metric"] = figure.Metric,
            ["filter"] = figure.Filter,
            ["baseline"] = figure.Before,
            ["model"] = figure.After,
            ["higher_is_better"] = figure.HigherIsBetter,
        };
        if (figure.Difference is { } difference)
        {
            json["rows"] = difference.Pairs;
            json["difference"] = difference.Mean;
            json["interval_95"] = new JsonArray(Finite(difference.Interval.Low), Finite(difference.Interval.High));
            json["wins"] = difference.Wins;
            json["losses"] = difference.Losses;
            json["p_value"] = difference.PValue;
            json["detectable_difference"] = difference.Detectable;
        }
        return json;
    }

    private static JsonNode? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
