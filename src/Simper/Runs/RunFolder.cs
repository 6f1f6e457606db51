using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Ledgers;
using Simper.Models.Adapters;
using Simper.Reports;
using Simper.Runs.Resuming;
using Simper.Text.Hub;
using Simper.Text.Vocabularies;

namespace Simper.Runs;

/// <summary>
/// The folder of a run: <c>recipe.yaml</c> (resolved), <c>metrics.jsonl</c>, <c>tensorboard/</c>, <c>samples.jsonl</c>,
/// <c>pairs.jsonl</c>, <c>ledger/</c>, <c>model/</c>, <c>summary.json</c>, <c>receipt.json</c> and, from these,
/// <c>report.html</c> and <c>plots/</c>. One process at a time; an earlier run is only overwritten on request.
/// <see cref="Take"/> it first, <see cref="Begin"/> when everything else is known to work. From the first step on a file that
/// cannot be written does not end the run: it is recorded in <see cref="Faults"/>.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>Where the model of an earlier run is kept until it is replaced.</summary>
    internal const string Replaced = "model.replaced";

    private readonly OutputFolder _claim;
    private readonly Dictionary<string, string> _faults = [];
    private readonly RunLedger _ledger;
    private RunLogs? _logs;

    private RunFolder(OutputFolder claim) => (_claim, _ledger) = (claim, new RunLedger(claim.Path));

    /// <summary>The folder.</summary>
    public string Path => _claim.Path;

    /// <summary>The folder of the trained model.</summary>
    public string ModelPath => In("model");

    /// <summary>Whether a file that cannot be written is recorded instead of ending the run.</summary>
    internal bool IsLenient { get; set; }

    /// <summary>What could not be written, in sentences without a full stop.</summary>
    public IReadOnlyCollection<string> Faults => _faults.Values;

    /// <summary>
    /// Claims a folder for a run, before anything is read or computed. Nothing is written until <see cref="Begin"/>: if the run
    /// fails before that, the folder's contents are unchanged, and a folder created for it is removed.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="overwrite">Whether an earlier run in it may be replaced.</param>
    /// <param name="resumes">Whether the run in it goes on.</param>
    /// <exception cref="SimperException">It is not a folder, another process holds it, it has an earlier run or foreign files in
    /// it, or it cannot be written.</exception>
    public static RunFolder Take(string path, bool overwrite, bool resumes = false)
    {
        ExpectFree(path, overwrite || resumes);
        OutputFolder claim = OutputFolder.Take(path, FolderKind.Run, bytes: 0);
        try
        {
            ExpectFree(path, overwrite || resumes); // it may have finished meanwhile
            CheckpointWriter.ExpectReplaceable(System.IO.Path.Combine(path, "model"));
            return new RunFolder(claim);
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <summary>Claims a folder, and begins.</summary>
    /// <exception cref="SimperException">Either is not possible.</exception>
    public static RunFolder Create(string path, bool overwrite)
    {
        RunFolder folder = Take(path, overwrite);
        try
        {
            folder.Begin();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Refuses to begin writing what will not fit.</summary>
    /// <exception cref="SimperException">The disk has too little space.</exception>
    public void ExpectSpace(long bytes) => _claim.ExpectSpace(bytes);

    /// <summary>Moves the earlier run in it aside, and opens the logs.</summary>
    /// <exception cref="SimperException">It cannot be written.</exception>
    public void Begin()
    {
        try
        {
            Clear(Path);
            _logs = RunLogs.Begin(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFolder.Unusable(Path, e);
        }
    }

    /// <summary>Flushes ledger and logs to disk, and returns the logs' lengths by their names in the folder.</summary>
    internal IReadOnlyDictionary<string, long> SettleLogs()
    {
        Record(ledger => ledger.Settle());
        return _logs!.Settle();
    }

    /// <summary>Adds to the ledger.</summary>
    internal void Record(Action<RunLedger> add) => Guarded(LedgerPart.Folder, () => add(_ledger));

    /// <summary>
    /// Instead of <see cref="Begin"/>: goes on with logs of these lengths; what was written to them later is cut off, and
    /// checkpoints of later steps are removed.
    /// </summary>
    /// <param name="step">The step that the run goes on from.</param>
    /// <param name="lengths">The logs' lengths then, by their names.</param>
    /// <exception cref="SimperException">A log is missing or shorter, or it cannot be written; nothing was changed.</exception>
    internal void Continue(int step, IReadOnlyDictionary<string, long> lengths)
    {
        try
        {
            _logs = RunLogs.Continue(Path, lengths);
            RunCheckpoints.Settle(Path, step);
            RunLedger.RemoveBehind(Path, step);
            File.Delete(In("summary.json")); // of where it was stopped
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFolder.Unusable(Path, e);
        }
    }

    /// <summary>
    /// A model's path; for a run's folder that of its model, for a name of the hub its folder in the Hugging Face cache.
    /// </summary>
    /// <exception cref="SimperException">A model of that name is in the cache, but not the revision.</exception>
    public static string ModelOf(string path) =>
        !System.IO.Path.Exists(path) ? HubCache.Find(HubKind.Model, path) ?? path
        : Directory.Exists(path) && !IsModel(path) && IsModel(System.IO.Path.Combine(path, "model"))
            ? System.IO.Path.Combine(path, "model")
        : path;

    /// <summary>Whether a folder holds a model, or an adapter of one, in the files of Hugging Face.</summary>
    public static bool IsModel(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, "config.json")) || AdapterFolder.Is(folder);

    /// <summary>The same, for a model that has to read and write text: checked before its weights are read.</summary>
    /// <exception cref="SimperException">It has no tokenizer.</exception>
    public static string TextModelOf(string path)
    {
        string model = ModelOf(path);
        bool HasAny(string pattern) => Directory.EnumerateFiles(model, pattern).Any();
        return Directory.Exists(model) && !AdapterFolder.Is(model) && HasAny("*.safetensors") && !VocabularyFiles.AreIn(model)
            ? throw new SimperException(
                $"{model}: there is no tokenizer.json; {HubCache.Remedy(model, "put the model's beside its weights")}."
            )
            : model;
    }

    /// <summary>Writes a text file of the run.</summary>
    public void Write(string name, string text) => Guarded(name, () => WholeFile.Write(In(name), text));

    /// <summary>Writes a JSON file of the run.</summary>
    public void Write(string name, JsonNode json) => Write(name, ReadableJson.Indented(json));

    /// <summary>Adds a line of metrics to all logs. NaN is written as null.</summary>
    public void Log(int step, double epoch, IEnumerable<KeyValuePair<string, double>> metrics)
    {
        KeyValuePair<string, double>[] all = [.. metrics];
        Append(RunLogs.Metrics, [RunLogs.Line(step, epoch, all)]);
        Guarded("tensorboard", () => _logs!.AddEvent(step, all));
    }

    /// <summary>Appends lines to a file of JSON lines: all of them, or none.</summary>
    public void Append(string name, IEnumerable<JsonObject> lines) => Guarded(name, () => RunLogs.Append(In(name), lines));

    /// <summary>Writes something of the run; a failure is recorded if the folder is lenient.</summary>
    internal void Guarded(string name, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SimperException)
        {
            string fault =
                $"{In(name)} could not be written: {(e is SimperException ? e.Message.TrimEnd('.') : FileFault.Sentence(e))}";
            if (!IsLenient)
                throw new SimperException(fault + ".", e);
            _faults.TryAdd(name, fault);
        }
    }

    /// <summary>Writes the report and its figures, at the end, from what is in the folder then.</summary>
    internal void WriteReport() =>
        Guarded(
            "report.html",
            () =>
                RunReport.Write(
                    _faults.ContainsKey("summary.json")
                        ? throw new SimperException("it is made of summary.json, which is missing")
                        : Path
                )
        );

    /// <summary>Removes the model of an earlier run, once it is replaced.</summary>
    internal void DropReplaced() =>
        Guarded(
            Replaced,
            () =>
            {
                if (Directory.Exists(In(Replaced)))
                    Directory.Delete(In(Replaced), recursive: true);
            }
        );

    public void Dispose()
    {
        if (IsLenient) // else nothing was trained
            Record(ledger => ledger.Write());
        _logs?.Dispose();
        _claim.Dispose();
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private static void ExpectFree(string path, bool overwrite)
    {
        if (overwrite)
            return;
        RunState? state = RunState.Of(path);
        if (RunCheckpoints.In(path) is [var newest, ..] && state is not { HasSummary: true, Stopped: null })
            throw new SimperException(
                $"{path} holds {(state is { HasResult: true } ? state.Words : "a run that did not come to its end")}; "
                    + $"resume_from_checkpoint: true goes on from {System.IO.Path.GetFileName(newest)}, "
                    + "overwrite_output_dir: true begins anew, or give another output_dir."
            );
        if (state is { HasResult: true })
            throw new SimperException($"{path} holds {state.Words}; give another output_dir, or overwrite_output_dir: true.");
    }

    // The earlier model stays until it is replaced, but under a name that cannot be mistaken for the new run's.
    private static void Clear(string path)
    {
        string model = System.IO.Path.Combine(path, "model");
        string replaced = System.IO.Path.Combine(path, Replaced);
        if (Directory.Exists(model))
        {
            CheckpointWriter.ExpectReplaceable(model);
            if (Directory.Exists(replaced))
                Directory.Delete(replaced, recursive: true);
            Directory.Move(model, replaced);
        }
        RunCheckpoints.Clear(path);
        RunLedger.Clear(path);
        foreach (string name in FolderKind.Run.Files)
            File.Delete(System.IO.Path.Combine(path, name));
        foreach (
            (string folder, string pattern) in (ReadOnlySpan<(string, string)>)
                [("tensorboard", "events.out.tfevents.*.simper"), ("plots", "*.svg"), ("plots", "*.png")]
        )
        {
            if (Directory.Exists(System.IO.Path.Combine(path, folder)))
            {
                foreach (string file in Directory.GetFiles(System.IO.Path.Combine(path, folder), pattern))
                    File.Delete(file);
            }
        }
    }
}
