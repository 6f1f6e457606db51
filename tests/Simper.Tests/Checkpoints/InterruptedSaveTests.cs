using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Checkpoints;

/// <summary>Saves that end in the middle: by SIGKILL in a process of their own, and by a full disk.</summary>
public class InterruptedSaveTests
{
    private const string VictimFolder = "SIMPER_SAVE_UNTIL_KILLED";
    private const int Kills = 8;

    private static readonly CheckpointFiles Files = new() { Config = new JsonObject { ["model_type"] = "llama" } };

    [Fact]
    public async Task A_killed_process_leaves_a_complete_model()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        double last = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            DateTime before = Directory.GetLastWriteTimeUtc(folder["m"]);
            using Process victim = Start(folder["m"]);
            var clock = Stopwatch.StartNew();
            while (Directory.GetLastWriteTimeUtc(folder["m"]) == before && clock.Elapsed.TotalSeconds < 60 && !victim.HasExited)
                await Task.Delay(5);
            Assert.False(victim.HasExited, "the saving process ended by itself");
            await Task.Delay(random.Next(60));
            victim.Kill();
            await victim.WaitForExitAsync();

            double version = VersionOf(folder["m"]);
            Assert.True(version > last, "no model was saved, or an older one came back");
            last = version;
        }

        CheckpointWriter.Save(folder["m"], Files, Model(version: 0));
        Assert.Equal([folder["m"]], Directory.GetFileSystemEntries(folder.Path));
    }

    /// <summary>Run by the test above in a process of its own.</summary>
    [Fact(Explicit = true)]
    public void Saves_until_it_is_killed()
    {
        string folder =
            Environment.GetEnvironmentVariable(VictimFolder) ?? throw new InvalidOperationException($"{VictimFolder} is not set");
        double version = Directory.Exists(folder) ? VersionOf(folder) : 0;
        while (true)
            CheckpointWriter.Save(folder, Files, Model(++version), shardBytes: 500_000);
    }

    [Fact]
    public void A_full_disk_is_named_and_leaves_the_earlier_model()
    {
        using SmallDisk disk = SmallDisk.Mount(megabytes: 4);
        CheckpointWriter.Save(disk["m"], Files, [("a", () => zeros(100_000))]);
        var tooLarge = Assert.Throws<SimperException>(() =>
            CheckpointWriter.Save(disk["m"], Files, [("a", () => zeros(2_000_000))])
        );
        Assert.Contains("make room", tooLarge.Message, StringComparison.Ordinal);

        // Another program fills the disk after the space was checked.
        int calls = 0;
        var full = Assert.Throws<SimperException>(() =>
            CheckpointWriter.Save(disk["m"], Files, [("a", () => zeros(300_000)), ("b", FillsTheDisk)])
        );
        Assert.Contains("could not be saved", full.Message, StringComparison.Ordinal);
        disk.Free();
        Assert.Equal([disk["m"]], Directory.GetFileSystemEntries(Path.GetDirectoryName(disk["m"])!));
        using Checkpoint read = Checkpoint.Open(disk["m"]);
        Assert.Equal([100_000L], read.Tensors["a"].Shape);

        Tensor FillsTheDisk()
        {
            if (++calls == 2)
                disk.Fill(allBut: 500_000);
            return zeros(200_000);
        }
    }

    /// <summary>Three tensors that carry one number, over several files.</summary>
    private static IEnumerable<(string, Func<Tensor>)> Model(double version) =>
        Enumerable
            .Range(0, 3)
            .Select(i => ($"t{i}", (Func<Tensor>)(() => HeldNumbers.Filled(version, ScalarType.Float32, 100_000))));

    /// <summary>The number of a saved model, which must be whole and of one piece.</summary>
    private static double VersionOf(string folder)
    {
        Checkpoint? open = null;
        try
        {
            open = Checkpoint.Open(folder);
            using var scope = NewDisposeScope();
            double[] versions =
            [
                .. open
                    .Tensors.Keys.Order()
                    .SelectMany(name => new[] { open.Read(name).min().item<float>(), open.Read(name).max().item<float>() })
                    .Select(v => (double)v)
                    .Distinct(),
            ];
            Assert.Equal(3, open.Tensors.Count);
            return Assert.Single(versions);
        }
        finally
        {
            open?.Dispose();
        }
    }

    private static Process Start(string folder)
    {
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            ["-explicit", "only", "-method", $"*.{nameof(Saves_until_it_is_killed)}"]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[VictimFolder] = folder;
        return Process.Start(start)!;
    }
}
