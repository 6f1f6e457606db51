using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>Several tasks under one name, and how their figures become one.</summary>
/// <param name="Name">The group's name.</param>
/// <param name="Alias">Its name in tables.</param>
/// <param name="Children">Names of its tasks and groups.</param>
/// <param name="Aggregates">The figures that are averaged over its tasks; none for a mere list of tasks.</param>
public sealed record TaskGroup(
    string Name,
    string Alias,
    IReadOnlyList<string> Children,
    IReadOnlyList<TaskGroup.Aggregate> Aggregates
)
{
    /// <summary>A figure averaged over tasks.</summary>
    /// <param name="Metric">Its name.</param>
    /// <param name="Filters">Of which filters; null for all that occur.</param>
    /// <param name="BySize">Whether tasks count by their samples, or each alike.</param>
    public sealed record Aggregate(string Metric, IReadOnlyList<string>? Filters, bool BySize);

    /// <summary>Its metadata, as written.</summary>
    public JsonNode? Metadata { get; init; }

    internal static IReadOnlyList<Aggregate> AggregatesOf(JsonNode? written, TaskFile file) =>
        written switch
        {
            null => [],
            JsonObject one => [AggregateOf(one, file)],
            JsonArray list => [.. list.Select(i => AggregateOf(i as JsonObject, file))],
            _ => throw new SimperException($"{file}: aggregate_metric_list: it has to be a list of maps with the key metric."),
        };

    private static Aggregate AggregateOf(JsonObject? one, TaskFile file)
    {
        if (one?["metric"] is not JsonValue metric)
            throw new SimperException($"{file}: aggregate_metric_list: an entry has no metric.");
        if (one["aggregation"] is { } aggregation && aggregation.ToString() != "mean")
            throw new SimperException($"{file}: aggregate_metric_list: only the mean is known as aggregation.");
        IReadOnlyList<string>? filters = one["filter_list"] switch
        {
            null => null,
            JsonArray list => [.. list.Select(f => f?.ToString() ?? "none")],
            var single => [single.ToString()],
        };
        return new Aggregate(metric.ToString(), filters, one["weight_by_size"]?.GetValue<bool>() ?? true);
    }
}
