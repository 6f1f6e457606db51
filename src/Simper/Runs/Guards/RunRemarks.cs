using System.Globalization;

namespace Simper.Runs.Guards;

/// <summary>What the guards of a run say at its end, in sentences without a full stop.</summary>
internal static class RunRemarks
{
    /// <summary>Which checkpoint became the model.</summary>
    public static string Best(BestScore best, int steps) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the model is that of step {best.Step} of {steps}, the best of the evaluated checkpoints "
                + $"({best.Metric} {best.Value:G5})"
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
        foreach (List<HealthTrouble> alike in Alike(summary.Health?.Troubles ?? []))
            yield return $"health, step {alike[0].Step}: {alike[0].What}; {alike[0].Done}"
                + (alike.Count > 1 ? $"; so it was at later checks, up to step {alike[^1].Step}" : "");
    }

    // Trouble that lasts, and about which nothing new was done, is one remark.
    private static List<List<HealthTrouble>> Alike(IReadOnlyList<HealthTrouble> troubles)
    {
        var groups = new List<List<HealthTrouble>>();
        foreach (HealthTrouble trouble in troubles)
        {
            if (groups.Count > 0 && groups[^1][0].Done == trouble.Done)
                groups[^1].Add(trouble);
            else
                groups.Add([trouble]);
        }
        return groups;
    }

    private static string Steps(int count) => count == 1 ? "1 step was" : $"{count} steps were";
}
