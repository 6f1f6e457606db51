using System.Globalization;
using System.Text.RegularExpressions;
using Simper.Checkpoints;
using Simper.Tensors;
using Simper.Training;

namespace Simper.Runs.Resuming;

/// <summary>
/// The checkpoints in a run's folder: <c>checkpoint-500</c> and so on. They are written beside training: from the state itself
/// until the next update, and from a copy of what is not written by then, where there is memory for the copy. Older ones are
/// removed when a newer one is complete, never before, and those that the run still needs not at all. Not thread safe.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="limit">How many are kept; null for all.</param>
/// <param name="memory">The most memory that the process may take.</param>
internal sealed partial class RunCheckpoints(RunFolder folder, int? limit, long memory) : IDisposable
{
    /// <summary>The beginning of their names.</summary>
    public const string Prefix = "checkpoint-";

    private Task _writing = Task.CompletedTask;

    /// <summary>Is told of every step of a save before it is done, on the thread that saves.</summary>
    public Action<FolderStep>? Watch { get; init; }

    /// <summary>The step of the newest; 0 before the first.</summary>
    public int Newest { get; private set; }

    /// <summary>The folders of the checkpoints in a run's folder, the newest first, complete or damaged.</summary>
    public static IReadOnlyList<string> In(string run) =>
        Directory.Exists(run)
            ?
            [
                .. Directory
                    .GetDirectories(run, Prefix + "*")
                    .Where(d => Name().IsMatch(Path.GetFileName(d)))
                    .OrderByDescending(StepOf),
            ]
            : [];

    /// <summary>Whether a folder of this name is a checkpoint, or is left from one that was being written or removed.</summary>
    public static bool IsName(string name) => Name().IsMatch(name) || Leftover().IsMatch(name);

    /// <summary>The checkpoint that a run is to go on from.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="wanted"><c>resume_from_checkpoint</c>: true for the newest that is complete, or a folder.</param>
    /// <param name="notes">Receives which newer ones are damaged, and how.</param>
    /// <exception cref="SimperException">There is none; or the one that was named is damaged.</exception>
    public static RunCheckpoint Find(string run, string wanted, ICollection<string> notes)
    {
        if (wanted != "true")
            return RunCheckpoint.Open(wanted);
        foreach (string path in In(run))
        {
            try
            {
                return RunCheckpoint.Open(path);
            }
            catch (SimperException e)
            {
                notes.Add($"{e.Message.TrimEnd('.')}; an older checkpoint is tried");
            }
        }
        throw new SimperException(
            notes.Count == 0
                ? $"{run} holds no checkpoint to go on from; start without resume_from_checkpoint (save_steps says how often "
                    + "one is written)."
                : $"{run} holds no checkpoint that is whole: {string.Join("; ", notes)}."
        );
    }

    /// <summary>
    /// Writes one, beside training if there is memory for a copy. A failure is recorded among the folder's faults, and what was
    /// there before stays.
    /// </summary>
    /// <param name="state">The state.</param>
    /// <param name="position">Where the run is.</param>
    /// <param name="needed">Steps whose checkpoints stay, whatever the limit.</param>
    public void Save(TrainingState state, RunPosition position, IReadOnlyCollection<int> needed)
    {
        string path = Begin(position);
        bool isBeside = ProcessMemory.Now() + state.BytesOfCopy <= memory;
        StateSnapshot snapshot = state.Snapshot(copies: false);
        if (!isBeside)
        {
            using (snapshot)
                Write(path, snapshot, position, needed);
            return;
        }
        // A thread of its own, which takes from training only what it leaves: two compute threads and a third one on two cores
        // would wait for each other at every turn.
        _writing = Task.Factory.StartNew(
            () =>
            {
                Posix.GiveWay();
                using (snapshot)
                    Write(path, snapshot, position, needed);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>Writes one on the calling thread.</summary>
    public void Save(StateSnapshot state, RunPosition position) => Write(Begin(position), state, position, needed: []);

    /// <summary>Until the one that is being written is complete.</summary>
    public void Wait() => _writing.GetAwaiter().GetResult();

    public void Dispose() => Wait();

    /// <summary>Removes all of an earlier run, and what is left of those that were not completed.</summary>
    public static void Clear(string run)
    {
        foreach (string path in Directory.GetDirectories(run, Prefix + "*").Where(d => IsName(Path.GetFileName(d))))
            Remove(path);
    }

    /// <summary>
    /// For a run that goes on: removes what is left of those that were not completed or not removed to the end, and those behind
    /// the step that it goes on from, whose logs are cut off.
    /// </summary>
    public static void Settle(string run, int step)
    {
        foreach (string path in Directory.GetDirectories(run, Prefix + "*"))
        {
            string name = Path.GetFileName(path);
            if (Leftover().IsMatch(name) || (Name().IsMatch(name) && StepOf(path) > step))
                Remove(path);
        }
    }

    private void Write(string path, StateSnapshot state, RunPosition position, IReadOnlyCollection<int> needed) =>
        folder.Guarded(
            Path.GetFileName(path),
            () =>
            {
                RunCheckpoint.Write(path, state, position, Watch);
                foreach (string one in Superfluous([position.Step, .. needed.Select(step => (long)step)]))
                    Remove(one, Watch);
            }
        );

    private string Begin(RunPosition position)
    {
        Wait();
        Newest = position.Step;
        return Path.Combine(folder.Path, Prefix + position.Step.ToString(CultureInfo.InvariantCulture));
    }

    // As transformers counts: what is needed is among those that the limit allows, the newest fill it up. A damaged one takes no
    // place of a complete one.
    private List<string> Superfluous(HashSet<long> needed)
    {
        var found = new List<string>();
        if (limit is not { } kept)
            return found;
        IReadOnlyList<string> all = In(folder.Path);
        int places = kept - all.Count(c => needed.Contains(StepOf(c)));
        foreach (string path in all.Where(c => !needed.Contains(StepOf(c))))
        {
            if (places <= 0)
                found.Add(path);
            else if (RunCheckpoint.IsComplete(path))
                places--;
        }
        return found;
    }

    // First away from its name, so that one that is removed halfway is not taken for a damaged one.
    private static void Remove(string path, Action<FolderStep>? watch = null)
    {
        string gone = Leftover().IsMatch(Path.GetFileName(path)) ? path : $"{path}.tmp-{Guid.NewGuid().ToString("N")[..8]}";
        if (gone != path)
        {
            watch?.Invoke(new FolderStep(FolderStepKind.Rename, path, gone));
            Directory.Move(path, gone);
        }
        watch?.Invoke(new FolderStep(FolderStepKind.DeleteFolder, gone));
        Directory.Delete(gone, recursive: true);
    }

    private static long StepOf(string path) =>
        long.Parse(Path.GetFileName(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^checkpoint-[0-9]{1,9}$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^checkpoint-[0-9]{1,9}\.tmp-[0-9a-f]{8}$")]
    private static partial Regex Leftover();
}
