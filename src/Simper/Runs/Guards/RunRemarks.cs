using System.Globalization;

namespace Simper.Runs.Guards;

/// <summary>What the guards of a run say at its end, in sentences without a full stop.</summary>
internal static class RunRemarks
{
    /// <summary>Which checkpoint became the model.</summary>
    public static string Best(BestScore best, int steps) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the model is that of step {best.Step} of {steps}, the best of the evaluated checkpoints ({best.Metric} {best.Value:G5})"
        );

    /// <summary>All remarks on a run; nothing where nothing happened.</summary>
    public static IEnumerable<string> Of(RunSummary summary)
    {
        if (summary.Diverged is { } diverged)
            yield return diverged;
        if (summary.Best is { } best)
            yield return Best(best, summary.Steps);
        if (summary.Skipped is { NotFinite: > 0 and var bad })
            yield return $"{Steps(bad)} skipped: loss or gradient was not finite";
        if (summary.Skipped is { Spikes: > 0 and var spikes })
            yield return $"{Steps(spikes)} skipped: loss or gradient norm leapt";
        foreach (HealthTrouble trouble in summary.Health?.Troubles ?? [])
            yield return $"health, step {trouble.Step}: {trouble.What}; {trouble.Done}";
    }

    private static string Steps(int count) => count == 1 ? "1 step was" : $"{count} steps were";
}
