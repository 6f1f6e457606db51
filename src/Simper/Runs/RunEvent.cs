using System.Text.Json.Nodes;
using Simper.Objectives;
using Simper.Training;

namespace Simper.Runs;

/// <summary>An event that a run reports while it goes on.</summary>
public abstract record RunEvent
{
    /// <summary>A line to show.</summary>
    public sealed record Message(string Text) : RunEvent;

    /// <summary>An optimizer step was done; its metrics under their logged names.</summary>
    public sealed record Step(StepReport Report, IReadOnlyDictionary<string, double> Metrics) : RunEvent;

    /// <summary>The held-out pairs were evaluated.</summary>
    /// <param name="When">"before", "step 40", "after".</param>
    /// <param name="Metrics">The results.</param>
    public sealed record Evaluation(string When, PreferenceMetrics Metrics) : RunEvent;

    /// <summary>A file of pairs was evaluated; the results are in the folder, as summary.json.</summary>
    public sealed record Judged(JsonObject Figures) : RunEvent;

    /// <summary>The run is over; its summary is in the folder.</summary>
    public sealed record Finished(RunSummary Summary) : RunEvent;
}
