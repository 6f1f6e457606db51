using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Evaluation;
using Simper.Objectives;

namespace Simper.Runs;

/// <summary>What a run came to: <c>summary.json</c>.</summary>
public sealed record RunSummary
{
    /// <summary>The held-out pairs before training; null where nothing was held out.</summary>
    public PreferenceMetrics? Before { get; init; }

    /// <summary>The held-out pairs after training.</summary>
    public PreferenceMetrics? After { get; init; }

    /// <summary>Further figures of before and after, by name: <c>checks/passed</c> say.</summary>
    public IReadOnlyDictionary<string, (double Before, double After)> Checks { get; init; } = new Dictionary<string, (double, double)>();

    /// <summary>From the first line to the last.</summary>
    public required double Seconds { get; init; }

    /// <summary>Trained pairs per second of training, evaluations left out.</summary>
    public required double PairsPerSecond { get; init; }

    /// <summary>The most memory that the process held.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>As the file has it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach ((string name, PreferenceMetrics? metrics) in (ReadOnlySpan<(string, PreferenceMetrics?)>)[("before", Before), ("after", After)])
        {
            if (metrics is null)
                continue;
            JsonObject figures = Figures(metrics);
            foreach ((string check, (double before, double after)) in Checks)
                figures[check] = name == "before" ? before : after;
            json[name] = figures;
        }
        json["seconds"] = Math.Round(Seconds, 3);
        json["pairs_per_second"] = JsonNumber.Of(PairsPerSecond);
        json["peak_memory_bytes"] = PeakMemoryBytes;
        return json;
    }

    /// <summary>The figures of an evaluation, with 95 % intervals of accuracy (Wilson) and margin (<see cref="Interval.OfMean"/>).</summary>
    public static JsonObject Figures(PreferenceMetrics metrics)
    {
        var json = new JsonObject { ["pairs"] = metrics.Pairs };
        foreach ((string name, double value) in metrics.Named())
            json[name] = JsonNumber.Of(value);
        if (metrics.HasRejected)
        {
            Interval accuracy = Interval.OfShare(metrics.Outcomes.Count(o => o.IsRight), metrics.Pairs);
            Interval margin = Interval.OfMean([.. metrics.Outcomes.Select(o => o.Margin)]);
            json["rewards/accuracies_interval"] = new JsonArray(JsonNumber.Of(accuracy.Low), JsonNumber.Of(accuracy.High));
            json["rewards/margins_interval"] = new JsonArray(JsonNumber.Of(margin.Low), JsonNumber.Of(margin.High));
        }
        return json;
    }
}
