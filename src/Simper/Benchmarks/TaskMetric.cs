using System.Text.Json.Nodes;
using Simper.Runs;
using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>
/// A figure of a task (an entry of <c>metric_list</c>): its name, how rows become one number, and its settings.
/// </summary>
internal sealed class TaskMetric
{
    private static readonly Dictionary<string, (string Aggregation, bool HigherIsBetter, string[] Types)> Known = new(
        StringComparer.Ordinal
    )
    {
        ["acc"] = ("mean", true, ["loglikelihood", "multiple_choice"]),
        ["acc_norm"] = ("mean", true, ["multiple_choice"]),
        ["acc_bytes"] = ("mean", true, ["multiple_choice"]),
        ["acc_mutual_info"] = ("mean", true, ["multiple_choice"]),
        ["exact_match"] = ("mean", true, ["multiple_choice", "generate_until"]),
        ["brier_score"] = ("brier_score", false, ["multiple_choice"]),
        ["f1"] = ("f1", true, ["multiple_choice"]),
        ["mcc"] = ("matthews_corrcoef", true, ["multiple_choice"]),
        ["perplexity"] = ("perplexity", false, ["loglikelihood"]),
        ["word_perplexity"] = ("weighted_perplexity", false, ["loglikelihood_rolling"]),
        ["byte_perplexity"] = ("weighted_perplexity", false, ["loglikelihood_rolling"]),
        ["bits_per_byte"] = ("bits_per_byte", false, ["loglikelihood_rolling"]),
    };

    private static readonly Dictionary<string, string[]> Defaults = new(StringComparer.Ordinal)
    {
        ["loglikelihood"] = ["perplexity", "acc"],
        ["multiple_choice"] = ["acc", "acc_norm"],
        ["loglikelihood_rolling"] = ["word_perplexity", "byte_perplexity", "bits_per_byte"],
        ["generate_until"] = ["exact_match"],
    };

    private TaskMetric(string name, Aggregation aggregation, bool higherIsBetter, JsonObject settings)
    {
        (Name, Aggregation, HigherIsBetter) = (name, aggregation, higherIsBetter);
        Match = name == "exact_match" ? new ExactMatch(settings) : null;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>From the figures of all rows to one, and its standard error.</summary>
    public Aggregation Aggregation { get; }

    /// <summary>Whether more is better.</summary>
    public bool HigherIsBetter { get; }

    /// <summary>How texts are compared, of <c>exact_match</c>.</summary>
    public ExactMatch? Match { get; }

    /// <summary>The figures of a task.</summary>
    /// <exception cref="SimperException">One is not known.</exception>
    public static IReadOnlyList<TaskMetric> Of(TaskConfig config)
    {
        if (config["metric_list"] is not { } list)
            return [.. Defaults[config.OutputType].Select(name => Of(config, new JsonObject { ["metric"] = name }))];
        return
        [
            .. (list as JsonArray ?? throw config.Fault("metric_list", "it has to be a list")).Select(m =>
                Of(config, m as JsonObject ?? throw config.Fault("metric_list", "an entry has to be a map with metric"))
            ),
        ];
    }

    private static TaskMetric Of(TaskConfig config, JsonObject entry)
    {
        string name =
            (entry["metric"] as JsonValue)?.ToString()
            ?? throw config.Fault("metric_list", "an entry has no metric that is a name");
        bool isKnown = Known.TryGetValue(name, out (string Aggregation, bool HigherIsBetter, string[] Types) known);
        bool isOwn = config["process_results"] is not null; // a function writes the figures
        if (!isOwn && (!isKnown || !known.Types.Contains(config.OutputType)))
        {
            string[] possible = [.. Known.Where(k => k.Value.Types.Contains(config.OutputType)).Select(k => k.Key)];
            throw config.Fault(
                "metric_list",
                $"the metric {name} is not known here for {config.OutputType}; known are {string.Join(", ", possible)}"
            );
        }
        Aggregation aggregation = entry["aggregation"] switch
        {
            null => Aggregation.Named(isKnown ? known.Aggregation : "mean")!,
            JsonValue own => Aggregation.Named(own.ToString())
                ?? throw config.Fault(
                    "metric_list",
                    $"the aggregation {own} is not known here"
                        + NearestName.Question(
                            own.ToString(),
                            Aggregation.Names,
                            "; known are " + string.Join(", ", Aggregation.Names)
                        )
                ),
            var function => Aggregation.Of(
                TaskFunctions.Find<Func<IReadOnlyList<JsonNode>, double>>(config, "metric_list", function)!
            ),
        };
        return new TaskMetric(
            name,
            aggregation,
            entry["higher_is_better"]?.GetValue<bool>() ?? !isKnown || known.HigherIsBetter,
            entry
        );
    }
}
