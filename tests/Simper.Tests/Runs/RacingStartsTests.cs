using System.Diagnostics;
using Simper.Runs;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs;

/// <summary>Runs that begin in one folder at the same moment: one has it, the others are refused.</summary>
public sealed class RacingStartsTests : IDisposable
{
    private const string Race = "SIMPER_RACE_FOLDER";
    private const string InUse = "is in use by another process";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Of_many_that_begin_at_once_exactly_one_has_the_folder()
    {
        const int Racers = 8;
        int rounds = Counts.Of(20, 500);
        for (int round = 0; round < rounds; round++)
        {
            string run = _folder[$"a/{round}/run"]; // every round makes the folders anew
            using var barrier = new Barrier(Racers);
            var won = new RunFolder?[Racers];
            var refused = new string?[Racers];
            Thread[] racers =
            [
                .. Enumerable
                    .Range(0, Racers)
                    .Select(i => new Thread(() =>
                    {
                        barrier.SignalAndWait();
                        try
                        {
                            won[i] = RunFolder.Take(run, overwrite: false);
                        }
                        catch (SimperException e)
                        {
                            refused[i] = e.Message;
                        }
                    })),
            ];
            foreach (Thread racer in racers)
                racer.Start();
            foreach (Thread racer in racers)
                racer.Join();
            RunFolder winner = Assert.Single(won.OfType<RunFolder>());
            Assert.All(refused.OfType<string>(), m => Assert.Contains(InUse, m, StringComparison.Ordinal));
            Assert.Equal(Racers - 1, refused.OfType<string>().Count());
            winner.Dispose();
            RunFolder.Take(run, overwrite: false).Dispose();
        }
        Counts.Tell(8, $"{rounds} races of {Racers} threads for one folder, one winner each");
    }

    [Fact]
    public async Task The_folder_of_a_process_that_was_killed_is_free_again()
    {
        string run = _folder["run"];
        using Process holder = Start(run);
        await WaitFor(() => File.Exists(Won(run)), holder);
        Assert.Contains(
            InUse,
            Assert.Throws<SimperException>(() => RunFolder.Take(run, overwrite: false)).Message,
            StringComparison.Ordinal
        );
        holder.Kill();
        await holder.WaitForExitAsync(TestContext.Current.CancellationToken);
        RunFolder.Take(run, overwrite: false).Dispose();
    }

    [Fact]
    public async Task Of_fifty_processes_that_begin_at_once_exactly_one_has_the_folder()
    {
        Assert.SkipUnless(Counts.AreFull, "fifty processes: where SIMPER_LONG is 1");
        const int Processes = 50;
        string run = _folder["run"];
        File.WriteAllText(Wait(run), "");
        Process[] racers = [.. Enumerable.Range(0, Processes).Select(_ => Start(run))];
        await WaitFor(() => Directory.GetFiles(_folder.Path, "ready-*").Length == Processes, racers[0], seconds: 300);
        File.Delete(Wait(run)); // now they all run
        await WaitFor(
            () => Directory.GetFiles(_folder.Path, "*-won").Length + Refused() == Processes,
            racers[0],
            seconds: 60,
            isOver: true
        );
        int Refused() => Directory.GetFiles(_folder.Path, "*-refused").Length;
        Assert.Equal(Processes - 1, Refused());
        Assert.Single(Directory.GetFiles(_folder.Path, "*-won"));
        foreach (Process racer in racers)
        {
            if (!racer.HasExited)
                racer.Kill();
            await racer.WaitForExitAsync(TestContext.Current.CancellationToken);
            racer.Dispose();
        }
        RunFolder.Take(run, overwrite: false).Dispose();
        Counts.Tell(
            8,
            $"{Processes} processes that began at once: one winner, {Processes - 1} refused by name; free after a kill"
        );
    }

    /// <summary>Run by the tests above in processes of their own: begins, and holds the folder until it is killed.</summary>
    [Fact(Explicit = true)]
    public void Holds_a_folder_until_it_is_killed()
    {
        string run = Environment.GetEnvironmentVariable(Race) ?? throw new InvalidOperationException($"{Race} is not set");
        File.WriteAllText($"{Path.GetDirectoryName(run)}/ready-{Environment.ProcessId}", "");
        while (File.Exists(Wait(run)))
            Thread.Sleep(1);
        try
        {
            using RunFolder folder = RunFolder.Take(run, overwrite: false);
            File.WriteAllText($"{run}-{Environment.ProcessId}-won", "");
            File.WriteAllText(Won(run), "");
            Thread.Sleep(Timeout.Infinite);
        }
        catch (SimperException e) when (e.Message.Contains(InUse, StringComparison.Ordinal))
        {
            File.WriteAllText($"{run}-{Environment.ProcessId}-refused", "");
        }
    }

    private static string Won(string run) => run + "-is-held";

    private static string Wait(string run) => run + "-wait";

    private static Process Start(string run)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            ["-explicit", "only", "-method", $"*.{nameof(Holds_a_folder_until_it_is_killed)}"]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[Race] = run;
        return Process.Start(start)!;
    }

    private static async Task WaitFor(Func<bool> isSo, Process process, int seconds = 60, bool isOver = false)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(clock.Elapsed.TotalSeconds < seconds, "waited in vain");
            Assert.False(process.HasExited && !isOver, "the process ended by itself");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
