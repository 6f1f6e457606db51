using System.Globalization;
using Simper.Models;
using Simper.Runs.Resuming;
using Simper.Tensors;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// How far a run got, and whether it changed anything: judged by the weights themselves, not by what was meant to happen.
/// </summary>
/// <param name="model">The model that trains.</param>
/// <param name="start">Its hash before the first step.</param>
/// <param name="totalSteps">The planned steps.</param>
internal sealed class RunProgress(LanguageModel model, ulong start, int totalSteps)
{
    private TimeSpan _training;
    private long _pairs;
    private bool _hasRate;
    private bool _hasGradient;
    private bool _hasUpdate;
    private int _faults;
    private string? _unchanged;

    /// <summary>Steps done.</summary>
    public int Steps { get; private set; }

    /// <summary>Passes over the data.</summary>
    public double Epoch { get; private set; }

    public void Add(StepReport report)
    {
        _training += report.Elapsed;
        _pairs += report.Metrics.Pairs;
        (Steps, Epoch) = (report.Number, report.Epoch); // fewer than planned if the run is stopped
        if (report.Skip is not null)
            return;
        _hasUpdate = true;
        _hasRate |= report.LearningRate != 0;
        _hasGradient |= report.GradientNorm != 0;
    }

    /// <summary>What it counted, for a checkpoint.</summary>
    public RunTotals Totals =>
        new()
        {
            TrainingTicks = _training.Ticks,
            Pairs = _pairs,
            Steps = Steps,
            Epoch = Epoch,
            HasUpdate = _hasUpdate,
            HasRate = _hasRate,
            HasGradient = _hasGradient,
        };

    /// <summary>Counts on from there.</summary>
    public void Continue(RunTotals totals)
    {
        (_training, _pairs) = (TimeSpan.FromTicks(totals.TrainingTicks), totals.Pairs);
        (Steps, Epoch) = (totals.Steps, totals.Epoch);
        (_hasUpdate, _hasRate, _hasGradient) = (totals.HasUpdate, totals.HasRate, totals.HasGradient);
    }

    /// <summary>A file that could not be written since the last call; null if there is none.</summary>
    public string? NewFault(RunFolder folder) => folder.Faults.Count > _faults ? folder.Faults.ElementAt(_faults++) : null;

    /// <summary>The message after the last step.</summary>
    /// <param name="from">The step whose weights are the model's now, if not the last one's.</param>
    /// <exception cref="OperationCanceledException">There was no step.</exception>
    public string Ending(int? from = null)
    {
        if (Steps == 0)
            throw new OperationCanceledException("The run was stopped before its first step.");
        _unchanged = model.QuickHash() == start ? Reason(from) : null;
        string stopped =
            Steps < totalSteps ? string.Create(CultureInfo.InvariantCulture, $"stopped at step {Steps} of {totalSteps}; ") : "";
        return _unchanged is null
            ? stopped + (stopped.Length > 0 ? "saving what was trained" : "trained")
            : $"{stopped}nothing was learnt: the weights are those of the start, bit for bit; {_unchanged}";
    }

    /// <summary>The state of the run so far.</summary>
    public RunSummary Summary() =>
        new()
        {
            Steps = Steps,
            TotalSteps = totalSteps,
            Unchanged = _unchanged,
            Seconds = 0,
            PairsPerSecond = _pairs / _training.TotalSeconds,
            PeakMemoryBytes = ProcessMemory.Peak(),
        };

    private string Reason(int? from) =>
        (_hasRate, _hasGradient) switch
        {
            _ when from == 0 => "the run returned to the start (health)",
            _ when !_hasUpdate => "every step was skipped (non_finite, spikes)",
            (false, _) => "the learning rate was 0 at every step (learning_rate, warmup_steps)",
            (_, false) => "every gradient was 0 (answers that are alike, or a loss that is flat here)",
            _ => string.Create(
                CultureInfo.InvariantCulture,
                $"the updates were too small to change a weight in {model.Precision} (raise learning_rate, or train in float32)"
            ),
        };
}
