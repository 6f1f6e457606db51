using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>The figures of a task: of each row, and of all together with their standard errors. Immutable.</summary>
public sealed class TaskResult
{
    private TaskResult(BenchmarkTask task, IReadOnlyList<JudgedRow> rows, IReadOnlyList<TaskFigure> figures) =>
        (Task, Rows, Figures) = (task, rows, figures);

    /// <summary>The task.</summary>
    public BenchmarkTask Task { get; }

    /// <summary>The rows, once for each filter.</summary>
    public IReadOnlyList<JudgedRow> Rows { get; }

    /// <summary>The figures of all rows.</summary>
    public IReadOnlyList<TaskFigure> Figures { get; }

    /// <summary>How many rows were asked.</summary>
    public int SampleCount => Rows.Select(r => r.Sample.Id).Distinct().Count();

    /// <summary>Judges answers.</summary>
    /// <param name="task">The task.</param>
    /// <param name="samples">Its rows with their requests.</param>
    /// <param name="answers">For each row the answers to each of its requests, as many as the task repeats it.</param>
    /// <param name="bootstrapIterations">Resamples for standard errors that have no closed form (the harness: 100,000); 0 for no
    /// standard errors.</param>
    public static TaskResult Of(
        BenchmarkTask task,
        IReadOnlyList<TaskSample> samples,
        IReadOnlyList<IReadOnlyList<IReadOnlyList<RequestAnswer>>> answers,
        int bootstrapIterations = 100_000
    )
    {
        var rows = new List<JudgedRow>();
        var figures = new List<TaskFigure>();
        foreach (ResponseFilter filter in task.Filters)
        {
            JudgedRow[] judged = [.. samples.Select((s, i) => Judged(task, filter, s, answers[i]))];
            rows.AddRange(judged);
            foreach (string name in judged.SelectMany(r => r.Figures.Select(f => f.Key)).Distinct())
            {
                JsonNode[] values = [.. judged.SelectMany(r => r.Figures.Where(f => f.Key == name).Select(f => f.Value))];
                TaskMetric? metric = task.Metrics.FirstOrDefault(m => m.Name == name);
                Aggregation aggregation = metric?.Aggregation ?? Aggregation.Named("mean")!;
                figures.Add(
                    new TaskFigure(
                        name,
                        filter.Name,
                        aggregation.Total(values),
                        aggregation.Error(values, bootstrapIterations),
                        metric?.HigherIsBetter ?? true,
                        aggregation.IsMean ? [.. values.Select(Aggregation.Number)] : null
                    )
                );
            }
        }
        return new TaskResult(task, rows, figures);
    }

    private static JudgedRow Judged(
        BenchmarkTask task,
        ResponseFilter filter,
        TaskSample sample,
        IReadOnlyList<IReadOnlyList<RequestAnswer>> answers
    )
    {
        IReadOnlyList<string> texts =
            task.Config.OutputType == "generate_until" ? filter.Apply([.. answers[0].Select(a => a.Text)], sample.Row) : [];
        RowFigures figures = task.Score(
            sample.Row,
            new TaskAnswers
            {
                LogLikelihoods = [.. answers.Select(a => a[0].LogLikelihood)],
                AreGreedy = [.. answers.Select(a => a[0].IsGreedy)],
                Texts = texts,
            }
        );
        return new JudgedRow(sample, filter.Name, answers, texts, figures);
    }
}

/// <summary>A row with its answers and figures, after one filter.</summary>
/// <param name="Sample">The row and its requests.</param>
/// <param name="Filter">The filter's name.</param>
/// <param name="Answers">The answers to each request.</param>
/// <param name="Filtered">The texts that were judged, of generated answers.</param>
/// <param name="Figures">The figures by name.</param>
public sealed record JudgedRow(
    TaskSample Sample,
    string Filter,
    IReadOnlyList<IReadOnlyList<RequestAnswer>> Answers,
    IReadOnlyList<string> Filtered,
    IReadOnlyList<KeyValuePair<string, JsonNode>> Figures
);

/// <summary>A figure of a task.</summary>
/// <param name="Metric">Its name.</param>
/// <param name="Filter">The filter.</param>
/// <param name="Value">The number.</param>
/// <param name="Error">Its standard error; null where the harness gives none.</param>
/// <param name="HigherIsBetter">Whether more is better.</param>
/// <param name="ByRow">The row's own numbers, where the figure is their mean.</param>
public sealed record TaskFigure(
    string Metric,
    string Filter,
    double Value,
    double? Error,
    bool HigherIsBetter,
    IReadOnlyList<double>? ByRow
);
