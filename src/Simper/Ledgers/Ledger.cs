using Simper.Objectives;

namespace Simper.Ledgers;

/// <summary>
/// The ledger of a run: what every evaluation, and with <c>ledger: all</c> every training step, found of each pair. Read lazily,
/// file by file, as it lies in the run's folder. Immutable.
/// </summary>
public sealed class Ledger
{
    private readonly IReadOnlyList<LedgerPart> _parts;

    private Ledger(string path, IReadOnlyList<LedgerPart> parts) => (Path, _parts) = (path, parts);

    /// <summary>The run's folder.</summary>
    public string Path { get; }

    /// <summary>The last step that it knows of.</summary>
    public int LastStep => _parts.Max(p => p.LastStep);

    /// <summary>Opens that of a run, finished or not.</summary>
    /// <exception cref="SimperException">It is not a run's folder, or there is no ledger in it.</exception>
    public static Ledger Open(string run)
    {
        if (!Directory.Exists(run))
            throw new SimperException($"{run} is no folder; give the output_dir of a run.");
        if (LedgerPart.In(run) is { Count: > 0 } parts)
            return new Ledger(run, parts);
        string metrics = System.IO.Path.Combine(run, "metrics.jsonl");
        throw new SimperException(
            File.Exists(metrics)
                ? $"{run} has no ledger: its recipe has ledger: no, nothing was evaluated or trained yet, or the run is of an "
                    + "earlier version; run the recipe again with ledger: all."
                : $"{run} is not the folder of a run: there is no {LedgerPart.Folder} and no metrics.jsonl; give the output_dir "
                    + "of a run."
        );
    }

    /// <summary>All rows, in the order of the run: the steps between two evaluations, then the evaluation.</summary>
    /// <exception cref="SimperException">A file is damaged.</exception>
    public IEnumerable<LedgerRow> Rows() => _parts.SelectMany(RowsOf);

    /// <summary>All moments of some pairs, in the order of the run.</summary>
    /// <exception cref="SimperException">A file is damaged.</exception>
    public IReadOnlyDictionary<PairKey, IReadOnlyList<PairMoment>> MomentsOf(IEnumerable<PairKey> pairs)
    {
        Dictionary<PairKey, List<PairMoment>> moments = pairs.Distinct().ToDictionary(p => p, _ => new List<PairMoment>());
        foreach ((PairKey pair, PairMoment moment) in new PairMoments().Of(Rows().Where(r => moments.ContainsKey(PairKey.Of(r)))))
            moments[pair].Add(moment);
        return moments.ToDictionary(p => p.Key, p => (IReadOnlyList<PairMoment>)p.Value);
    }

    /// <summary>
    /// The evaluations, in order, with the averages of their held-out pairs: the same sums, in the same order, as those that the
    /// run logged.
    /// </summary>
    /// <exception cref="SimperException">A file is damaged.</exception>
    public IEnumerable<(LedgerPhase Phase, int Step, PreferenceMetrics Metrics)> Evaluations()
    {
        foreach (LedgerPart part in _parts.Where(p => p.Phase != LedgerPhase.Training))
        {
            using LedgerFile file = LedgerFile.Open(FileOf(part));
            PairOutcome[] heldOut = [.. file.Rows().Where(r => r.Split == LedgerSplit.HeldOut).Select(r => r.Outcome)];
            if (heldOut.Length > 0)
                yield return (part.Phase, part.FirstStep, PreferenceMetrics.Of(heldOut, file.ReportsMeanLogProbs));
        }
    }

    private IEnumerable<LedgerRow> RowsOf(LedgerPart part)
    {
        using LedgerFile file = LedgerFile.Open(FileOf(part));
        foreach (LedgerRow row in file.Rows())
            yield return row;
    }

    private string FileOf(LedgerPart part) => System.IO.Path.Combine(Path, LedgerPart.Folder, part.Name);
}
