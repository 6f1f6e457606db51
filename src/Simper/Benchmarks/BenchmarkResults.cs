using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>A model's figures of all tasks and groups. Immutable.</summary>
/// <param name="model">The model's name.</param>
/// <param name="selection">What was asked for.</param>
/// <param name="tasks">The results of its tasks.</param>
public sealed class BenchmarkResults(string model, TaskSelection selection, IReadOnlyList<TaskResult> tasks)
{
    /// <summary>The model's name.</summary>
    public string Model => model;

    /// <summary>The results of each task.</summary>
    public IReadOnlyList<TaskResult> Tasks => tasks;

    /// <summary>The groups that average figures, with these.</summary>
    public IReadOnlyList<(TaskGroup Group, IReadOnlyList<TaskFigure> Figures)> Groups { get; } =
    [.. selection.Groups.Where(g => g.Aggregates.Count > 0).Select(g => (g, Aggregated(g, selection, tasks)))];

    /// <summary>The leaderboard's scores, of its tasks that are here.</summary>
    public LeaderboardScores? Leaderboard { get; } = LeaderboardScores.Of(tasks);

    /// <summary>In the shape of the harness's results file.</summary>
    public JsonObject ToJson()
    {
        var results = new JsonObject();
        foreach (TaskResult task in tasks)
            results[task.Task.Config.Name] = Figures(
                task.Figures,
                task.Task.Config.Name,
                task.Task.Config.Alias,
                task.SampleCount
            );
        var groups = new JsonObject();
        foreach ((TaskGroup group, IReadOnlyList<TaskFigure> figures) in Groups)
        {
            int count = Of(group).Sum(t => t.SampleCount);
            groups[group.Name] = Figures(figures, group.Name, group.Alias, count);
            results[group.Name] = Figures(figures, group.Name, group.Alias, count);
        }
        var json = new JsonObject { ["results"] = results };
        if (groups.Count > 0)
            json["groups"] = groups;
        json["group_subtasks"] = ByName(
            selection.Groups,
            g => g.Name,
            g => new JsonArray([.. g.Children.Select(c => JsonValue.Create(c))])
        );
        json["configs"] = ByTask(t => t.Task.Config.ToJson());
        json["versions"] = ByTask(t => JsonNode.Parse(t.Task.Config.Version));
        json["n-shot"] = ByTask(t => t.Task.NumFewshot);
        json["higher_is_better"] = ByTask(t => new JsonObject(
            t.Figures.DistinctBy(f => f.Metric).Select(f => KeyValuePair.Create(f.Metric, (JsonNode?)f.HigherIsBetter))
        ));
        json["n-samples"] = ByTask(t => new JsonObject { ["original"] = t.Task.Rows.Count, ["effective"] = t.SampleCount });
        if (Leaderboard is not null)
            json["leaderboard"] = Leaderboard.ToJson();
        return json;
    }

    private IEnumerable<TaskResult> Of(TaskGroup group) =>
        selection.TasksOf(group).SelectMany(name => tasks.Where(t => t.Task.Config.Name == name));

    private JsonObject ByTask(Func<TaskResult, JsonNode?> value) => ByName(tasks, t => t.Task.Config.Name, value);

    private static JsonObject ByName<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonNode?> value) =>
        new(items.Select(i => KeyValuePair.Create(name(i), value(i))));

    private static JsonObject Figures(IReadOnlyList<TaskFigure> figures, string name, string alias, int count)
    {
        var json = new JsonObject
        {
            ["name"] = name,
            ["alias"] = alias,
            ["sample_len"] = count,
        };
        foreach (TaskFigure figure in figures)
        {
            json[$"{figure.Metric},{figure.Filter}"] = Number(figure.Value);
            json[$"{figure.Metric}_stderr,{figure.Filter}"] = figure.Error is { } error ? Number(error) : "N/A";
        }
        return json;
    }

    private static JsonNode Number(double value) =>
        double.IsFinite(value) ? JsonValue.Create(value) : JsonValue.Create($"{value}");

    // Means over tasks, by size or each alike; standard errors pooled, as the harness does.
    private static IReadOnlyList<TaskFigure> Aggregated(TaskGroup group, TaskSelection selection, IReadOnlyList<TaskResult> tasks)
    {
        TaskResult[] own = [.. selection.TasksOf(group).SelectMany(name => tasks.Where(t => t.Task.Config.Name == name))];
        var figures = new List<TaskFigure>();
        foreach (TaskGroup.Aggregate aggregate in group.Aggregates)
        {
            IEnumerable<string> filters =
                aggregate.Filters
                ??
                [
                    .. own.SelectMany(t => t.Figures.Where(f => f.Metric == aggregate.Metric).Select(f => f.Filter))
                        .Distinct()
                        .Order(StringComparer.Ordinal),
                ];
            foreach (string filter in filters)
            {
                (TaskFigure Figure, int Size)[] found =
                [
                    .. own.SelectMany(t =>
                        t.Figures.Where(f => f.Metric == aggregate.Metric && f.Filter == filter).Select(f => (f, t.SampleCount))
                    ),
                ];
                if (found.Length > 0)
                    figures.Add(Aggregated(aggregate, filter, found));
            }
        }
        return figures;
    }

    private static TaskFigure Aggregated(TaskGroup.Aggregate aggregate, string filter, (TaskFigure Figure, int Size)[] found)
    {
        int[] sizes = [.. found.Select(f => f.Size)];
        double[] errors = [.. found.Where(f => f.Figure.Error is not null).Select(f => f.Figure.Error!.Value)];
        bool isComplete = aggregate.BySize && found.All(f => f.Figure.ByRow is not null);
        return new TaskFigure(
            aggregate.Metric,
            filter,
            HarnessStatistics.GroupMean([.. found.Select(f => f.Figure.Value)], sizes, aggregate.BySize),
            errors.Length == found.Length ? HarnessStatistics.PooledError(errors, sizes) : null,
            found[0].Figure.HigherIsBetter,
            isComplete ? [.. found.SelectMany(f => f.Figure.ByRow!)] : null
        );
    }
}
