using Simper.Objectives;
using Simper.Tensors;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// The steps since the last logged line, combined: means over all of their pairs, and the last step's rate and norm. Where
/// micro-batches are weighted equally it is as TRL logs: the mean of the steps' losses, and for all other figures the mean over
/// the micro-batches of all steps. Steps that were skipped because they were not finite are left out, unless there is no other.
/// </summary>
internal sealed class MetricsWindow
{
    private readonly List<StepReport> _steps = [];

    /// <summary>The steps in it.</summary>
    public IReadOnlyList<StepReport> Steps => _steps;

    public void Add(StepReport report) => _steps.Add(report);

    /// <summary>All figures under their logged names.</summary>
    public Dictionary<string, double> Named()
    {
        StepReport last = _steps[^1];
        StepReport[] finite = [.. _steps.Where(s => s.Skip is null or { IsFinite: true })];
        IReadOnlyList<StepReport> counted = finite.Length > 0 ? finite : _steps;
        PreferenceMetrics metrics = PreferenceMetrics.Of([.. counted.SelectMany(OutcomesOf)], last.Metrics.ReportsMeanLogProbs);
        double seconds = _steps.Sum(s => s.Elapsed.TotalSeconds);
        var named = new Dictionary<string, double>(metrics.Named())
        {
            ["loss"] = last.Metrics.CountsBatchesAlike ? counted.Average(s => s.Loss) : metrics.Loss,
            ["grad_norm"] = last.GradientNorm,
            ["learning_rate"] = last.LearningRate,
            ["tokens_per_second"] = _steps.Sum(s => s.Tokens) / seconds,
            ["pairs_per_second"] = _steps.Sum(s => s.Metrics.Pairs) / seconds,
            ["peak_memory_bytes"] = ProcessMemory.Peak(),
        };
        if (last.Skipped is { } skipped)
            named["skipped_steps"] = skipped;
        return named;
    }

    // Micro-batches of different steps are different ones.
    private static IEnumerable<PairOutcome> OutcomesOf(StepReport step, int place) =>
        step.Metrics.CountsBatchesAlike
            ? step.Metrics.Outcomes.Select(o => o with { Batch = (place << 16) + o.Batch })
            : step.Metrics.Outcomes;
}
