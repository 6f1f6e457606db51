using Simper.Checkpoints;
using Simper.Ledgers;
using Simper.Objectives;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// Writes a run's ledger (<see cref="Ledger"/>). What training steps found is collected and written at each evaluation and each
/// checkpoint, or when much has come together; so no file spans a checkpoint, and a run that goes on from one removes whole
/// files. Not thread safe.
/// </summary>
/// <param name="run">The run's folder.</param>
internal sealed class RunLedger(string run)
{
    private const int Most = 1 << 14; // rows in memory: about 5 MB

    private readonly string _folder = Path.Combine(run, LedgerPart.Folder);
    private readonly List<LedgerRow> _rows = [];
    private readonly List<string> _unsettled = [];
    private bool _reportsMeanLogProbs;

    /// <summary>Removes the files of an earlier run.</summary>
    /// <exception cref="IOException">They cannot be removed.</exception>
    public static void Clear(string run) => RemoveBehind(run, step: -1);

    /// <summary>
    /// Removes what was written behind a step, the evaluation of the end, and what a killed process left unfinished.
    /// </summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="step">The step that the run goes on from.</param>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public static void RemoveBehind(string run, int step)
    {
        foreach (LedgerPart part in LedgerPart.In(run))
        {
            if (part.LastStep > step || part.Phase == LedgerPhase.After)
                File.Delete(Path.Combine(run, LedgerPart.Folder, part.Name));
        }
        foreach (string unfinished in LedgerPart.UnfinishedIn(run))
            File.Delete(unfinished);
    }

    /// <summary>Adds the pairs of a training step.</summary>
    /// <exception cref="IOException">They cannot be written; they are lost.</exception>
    public void Add(StepReport report)
    {
        _reportsMeanLogProbs = report.Metrics.ReportsMeanLogProbs;
        foreach (PairOutcome outcome in report.Metrics.Outcomes)
            _rows.Add(new LedgerRow(report.Number, report.Epoch, LedgerSplit.Train, LedgerPhase.Training, outcome));
        if (_rows.Count >= Most)
            Write();
    }

    /// <summary>Adds an evaluation of held-out pairs.</summary>
    /// <param name="phase">When in the run.</param>
    /// <param name="step">The step whose weights were evaluated.</param>
    /// <param name="epoch">The passes over the training data behind it.</param>
    /// <param name="heldOut">What was found of the held-out pairs.</param>
    /// <param name="trained">And of training pairs, if they were scored too.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Add(LedgerPhase phase, int step, double epoch, PreferenceMetrics heldOut, PreferenceMetrics? trained)
    {
        Write();
        Write(
            new LedgerPart(phase, step, step),
            Of(LedgerSplit.HeldOut, heldOut).Concat(Of(LedgerSplit.Train, trained)),
            heldOut.Outcomes[0],
            heldOut.ReportsMeanLogProbs
        );

        IEnumerable<LedgerRow> Of(LedgerSplit split, PreferenceMetrics? metrics) =>
            metrics?.Outcomes.Select(o => new LedgerRow(step, epoch, split, phase, o)) ?? [];
    }

    /// <summary>Writes the training pairs that are still in memory.</summary>
    /// <exception cref="IOException">They cannot be written; they are lost.</exception>
    public void Write()
    {
        if (_rows.Count == 0)
            return;
        LedgerRow[] rows = [.. _rows];
        _rows.Clear();
        Write(new LedgerPart(LedgerPhase.Training, rows[0].Step, rows[^1].Step), rows, rows[0].Outcome, _reportsMeanLogProbs);
    }

    /// <summary>Writes all, and flushes what was written since the last time to disk.</summary>
    /// <exception cref="IOException">Some was lost.</exception>
    public void Settle()
    {
        Write();
        foreach (string path in _unsettled)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            Flushing.File(file.SafeFileHandle, path);
        }
        if (_unsettled.Count > 0)
            Flushing.Folder(_folder);
        _unsettled.Clear();
    }

    private void Write(LedgerPart part, IEnumerable<LedgerRow> rows, PairOutcome first, bool reportsMeanLogProbs)
    {
        Directory.CreateDirectory(_folder);
        string path = Path.Combine(_folder, part.Name);
        LedgerFile.Write(path, rows, first.Figures.Select(f => f.Name), reportsMeanLogProbs);
        _unsettled.Add(path);
    }
}
