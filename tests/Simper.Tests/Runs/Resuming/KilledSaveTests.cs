using System.Diagnostics;
using System.Globalization;
using Simper.Checkpoints;
using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Resuming;

/// <summary>Processes that are killed while they save a run's checkpoint: nothing that was saved is lost.</summary>
public sealed class KilledSaveTests : IDisposable
{
    private const string Run = "SIMPER_RUN_UNTIL_KILLED";
    private const string Board = "SIMPER_SAVE_BOARD";
    private const string KillAt = "SIMPER_KILL_AT_STEP";
    private const int Kept = 2;
    private const int SavesBeforeAKill = 3; // then each save also removes an old one
    private const long Values = 1_000_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Ends a save at a step, as a kill does: nothing after it is done, no clean-up either.</summary>
    private sealed class Killed : Exception;

    [Fact]
    public void A_save_that_ends_before_any_of_its_steps_leaves_what_was_saved()
    {
        string run = _folder["run"];
        var named = new List<string>();
        using RunFolder folder = RunFolder.Create(run, overwrite: false);
        using (RunCheckpoints checkpoints = SavedStates.Of(folder, Kept, step => named.Add($"{step.Kind}")))
        {
            for (int step = 1; step <= SavesBeforeAKill; step++)
            {
                named.Clear();
                checkpoints.Save(folder, step);
            }
        }
        FolderImage start = FolderImage.Of(run);
        for (int at = 0; at < named.Count; at++)
        {
            start.PutBack(run);
            FolderImage? left = null;
            int told = 0;
            using (
                RunCheckpoints checkpoints = SavedStates.Of(
                    folder,
                    Kept,
                    _ =>
                    {
                        if (left is not null || told++ < at)
                            return;
                        left = FolderImage.Of(run);
                        throw new Killed();
                    }
                )
            )
                Assert.Throws<Killed>(() => checkpoints.Save(folder, SavesBeforeAKill + 1));
            left!.PutBack(run);
            bool isRenamed = at > named.IndexOf("Rename");
            ExpectWhole(run, isRenamed ? SavesBeforeAKill + 1 : SavesBeforeAKill, $"killed before step {at}, {named[at]}");
        }
    }

    [Fact]
    public async Task Processes_that_are_killed_while_they_save_lose_nothing()
    {
        string run = _folder["run"];
        var random = new Random(11);
        var hits = new SortedDictionary<int, int>();
        int kills = Counts.Of(10, 200);
        int last = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            using SaveBoard board = SaveBoard.Create(_folder["board"]);
            using Process victim = Start(run);
            await WaitFor(victim, () => board.Saved >= SavesBeforeAKill && !board.IsSaving);
            await WaitFor(victim, () => board.IsSaving);
            var clock = Stopwatch.StartNew();
            double wait = random.NextDouble() * board.Milliseconds;
            while (clock.Elapsed.TotalMilliseconds < wait)
                Thread.SpinWait(50);
            last = await Kill(victim, board, run, last);
            int step = board.IsSaving ? board.Step : 0;
            hits[step] = hits.GetValueOrDefault(step) + 1;
        }
        if (Counts.AreFull)
            last = await KillAtEachStep(run, last, hits);
        using RunFolder folder = RunFolder.Take(run, overwrite: false, resumes: true);
        RunCheckpoint found = RunCheckpoints.Find(run, "true", []);
        folder.Continue(found.Position.Step, found.Position.Logs);
        Assert.Empty(SavedStates.Leftovers(run));
        Counts.Tell(
            1,
            $"{kills} SIGKILLs at random times of a save, {last} saves; kills in each step (0 is between two saves): "
                + string.Join(", ", hits.Select(h => $"{h.Key}: {h.Value}"))
        );
    }

    // What takes microseconds is hardly ever hit by chance.
    private async Task<int> KillAtEachStep(string run, int last, SortedDictionary<int, int> hits)
    {
        const int Times = 5;
        for (int step = 1; step <= SaveBoard.Steps; step++)
        {
            for (int time = hits.GetValueOrDefault(step); time < Times; time++)
            {
                using SaveBoard board = SaveBoard.Create(_folder["board"]);
                using Process victim = Start(run, step);
                await victim.WaitForExitAsync();
                Assert.True(board.Saved >= SavesBeforeAKill, "the saving process ended by itself");
                last = await Kill(victim, board, run, last);
                hits[step] = hits.GetValueOrDefault(step) + 1;
            }
        }
        return last;
    }

    private static async Task<int> Kill(Process victim, SaveBoard board, string run, int last)
    {
        victim.Kill();
        await victim.WaitForExitAsync();
        Assert.Equal(0, board.Faults);
        int saved = Math.Max(last, board.LastSaved);
        return ExpectWhole(run, saved, $"killed in step {board.Step}");
    }

    // Complete is everything under a checkpoint's name: the newest that was saved, and as many as are kept.
    private static int ExpectWhole(string run, int saved, string where)
    {
        var notes = new List<string>();
        RunCheckpoint found = RunCheckpoints.Find(run, "true", notes);
        Assert.True(notes.Count == 0, $"{where}: {string.Join("; ", notes)}");
        Assert.True(found.Position.Step >= saved, $"{where}: {found.Position.Step} is found, and {saved} was saved");
        List<int> whole = SavedStates.Whole(run);
        Assert.Equal(RunCheckpoints.In(run).Count, whole.Count);
        Assert.InRange(whole.Count, Kept, Kept + 1);
        Assert.Equal(Enumerable.Range(0, whole.Count).Select(i => found.Position.Step - i), whole);
        return found.Position.Step;
    }

    /// <summary>Run by the test above in a process of its own.</summary>
    [Fact(Explicit = true)]
    public void Saves_checkpoints_until_it_is_killed()
    {
        string run = Environment.GetEnvironmentVariable(Run) ?? throw new InvalidOperationException($"{Run} is not set");
        int killAt = int.Parse(Environment.GetEnvironmentVariable(KillAt) ?? "0", CultureInfo.InvariantCulture);
        using SaveBoard board = SaveBoard.Open(Environment.GetEnvironmentVariable(Board)!);
        using RunFolder folder = RunFolder.Take(run, overwrite: false, resumes: true);
        int step = 0;
        if (RunCheckpoints.In(run).Count > 0)
        {
            var notes = new List<string>();
            RunCheckpoint from = RunCheckpoints.Find(run, "true", notes);
            folder.Continue(from.Position.Step, from.Position.Logs);
            step = from.Position.Step;
            board.Faults += notes.Count + SavedStates.Leftovers(run).Length;
        }
        else
        {
            folder.Begin();
            folder.Write("recipe.yaml", "loss_type: simper\n");
        }
        using RunCheckpoints checkpoints = SavedStates.Of(folder, Kept, Watch);
        while (true)
        {
            board.Begin();
            checkpoints.Save(folder, ++step, Values);
            board.End(step);
            Thread.Sleep(10);
        }

        void Watch(FolderStep told)
        {
            board.Step++;
            if (board.Step != killAt || board.Saved < SavesBeforeAKill)
                return;
            using Process own = Process.GetCurrentProcess();
            own.Kill();
            Thread.Sleep(Timeout.Infinite);
        }
    }

    private Process Start(string run, int killAt = 0)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            ["-explicit", "only", "-method", $"*.{nameof(Saves_checkpoints_until_it_is_killed)}"]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[Run] = run;
        start.Environment[Board] = _folder["board"];
        start.Environment[KillAt] = killAt.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start)!;
    }

    private static async Task WaitFor(Process victim, Func<bool> isSo)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo() && clock.Elapsed.TotalSeconds < 60)
        {
            Assert.False(victim.HasExited, "the saving process ended by itself");
            if (!isSo())
                await Task.Delay(1);
        }
    }
}
