using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Evaluation;
using Simper.Objectives;
using Simper.Runs.Guards;

namespace Simper.Runs;

/// <summary>The results of a run: <c>summary.json</c>.</summary>
public sealed record RunSummary
{
    internal const string Interrupted = "interrupted";
    internal const string Finished = "finished";
    internal const string HasDiverged = "diverged";

    /// <summary>The held-out pairs before training; null if nothing was held out.</summary>
    public PreferenceMetrics? Before { get; init; }

    /// <summary>The held-out pairs after training.</summary>
    public PreferenceMetrics? After { get; init; }

    /// <summary>Further figures of before and after, by name, such as <c>checks/passed</c>.</summary>
    public IReadOnlyDictionary<string, (double Before, double After)> Checks { get; init; } =
        new Dictionary<string, (double, double)>();

    /// <summary>Optimizer steps done.</summary>
    public int Steps { get; init; }

    /// <summary>Optimizer steps planned.</summary>
    public int TotalSteps { get; init; }

    /// <summary>Whether it was stopped before its last step.</summary>
    public bool IsInterrupted => Steps < TotalSteps;

    /// <summary>Why the saved weights are those of the start, bit for bit; null if they changed.</summary>
    public string? Unchanged { get; init; }

    /// <summary>What ended the run before its last step, without a full stop; null if it did not diverge.</summary>
    public string? Diverged { get; init; }

    /// <summary>The checkpoint that became the model; null if that is what the last step left.</summary>
    public BestScore? Best { get; init; }

    /// <summary>Steps that were not applied; null where all are.</summary>
    public SkippedSteps? Skipped { get; init; }

    /// <summary>The model's health; null where it was not watched.</summary>
    public HealthState? Health { get; init; }

    /// <summary>What its guards say about the run, in sentences without a full stop.</summary>
    public IReadOnlyList<string> Remarks => [.. RunRemarks.Of(this)];

    /// <summary>What of recipe or data was changed when the run was resumed (<c>resume_override</c>), in sentences.</summary>
    public IReadOnlyList<string> Overridden { get; init; } = [];

    /// <summary>Where the model was saved.</summary>
    public string ModelPath { get; init; } = "";

    /// <summary>Files that could not be written, in sentences; the model is not among them.</summary>
    public IReadOnlyList<string> Unwritten { get; init; } = [];

    /// <summary>What became of the rows: how many are used, left out by reason, and cut; null where nobody says.</summary>
    public JsonObject? Data { get; init; }

    /// <summary>From the first line to the last.</summary>
    public required double Seconds { get; init; }

    /// <summary>Trained pairs per second of training, without evaluations.</summary>
    public required double PairsPerSecond { get; init; }

    /// <summary>The peak memory of the process.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>As in the file.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["status"] =
                Diverged is not null ? HasDiverged
                : IsInterrupted ? Interrupted
                : Finished,
            ["steps"] = Steps,
            ["total_steps"] = TotalSteps,
        };
        if (Unchanged is not null)
            json["weights_unchanged"] = Unchanged;
        AddGuards(json);
        if (Overridden.Count > 0)
            json["resume_override"] = new JsonArray([.. Overridden.Select(o => (JsonNode?)o)]);
        foreach (
            (string name, PreferenceMetrics? metrics) in (ReadOnlySpan<(string, PreferenceMetrics?)>)
                [("before", Before), ("after", After)]
        )
        {
            if (metrics is null)
                continue;
            JsonObject figures = Figures(metrics);
            foreach ((string check, (double before, double after)) in Checks)
                figures[check] = name == "before" ? before : after;
            json[name] = figures;
        }
        if (Data is not null)
            json["data"] = Data.DeepClone();
        json["seconds"] = Math.Round(Seconds, 3);
        json["pairs_per_second"] = JsonNumber.Of(PairsPerSecond);
        json["peak_memory_bytes"] = PeakMemoryBytes;
        return json;
    }

    private void AddGuards(JsonObject json)
    {
        if (Best is { } best)
            json["best"] = new JsonObject
            {
                ["step"] = best.Step,
                ["metric"] = best.Metric,
                ["value"] = JsonNumber.Of(best.Value),
            };
        if (Skipped is { } skipped)
            json["skipped_steps"] = new JsonObject { ["not_finite"] = skipped.NotFinite, ["spikes"] = skipped.Spikes };
        if (Health is { } health)
            json["health"] = new JsonObject
            {
                ["troubles"] = health.Troubles.Count,
                ["rollbacks"] = health.Rollbacks,
                ["rate_factor"] = JsonNumber.Of(health.RateFactor),
            };
        if (Remarks.Count > 0)
            json["remarks"] = new JsonArray([.. Remarks.Select(r => (JsonNode?)r)]);
    }

    /// <summary>
    /// The figures of an evaluation, with 95 % intervals of accuracy (Wilson) and margin (<see cref="Interval.OfMean"/>). Where
    /// all rewards are equal the accuracy is one half, without an interval: see <see cref="PreferenceMetrics.IsAllTies"/>.
    /// </summary>
    public static JsonObject Figures(PreferenceMetrics metrics)
    {
        var json = new JsonObject { ["pairs"] = metrics.Pairs };
        foreach ((string name, double value) in metrics.Named())
            json[name] = JsonNumber.Of(value);
        if (metrics.HasRejected)
        {
            Interval accuracy = metrics.IsAllTies
                ? new Interval(0.5, 0.5)
                : Interval.OfShare(metrics.Outcomes.Count(o => o.IsRight), metrics.Pairs);
            json["rewards/accuracies"] = JsonNumber.Of(metrics.ShownAccuracy);
            Interval margin = Interval.OfMean([.. metrics.Outcomes.Select(o => o.Margin)]);
            json["rewards/accuracies_interval"] = new JsonArray(JsonNumber.Of(accuracy.Low), JsonNumber.Of(accuracy.High));
            json["rewards/margins_interval"] = new JsonArray(JsonNumber.Of(margin.Low), JsonNumber.Of(margin.High));
        }
        return json;
    }
}
