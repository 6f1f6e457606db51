using Simper.Checkpoints;
using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Resuming;

/// <summary>A disk that is full, or becomes full in the middle of a save, costs that checkpoint and nothing else.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int Points = 10;
    private const long Values = 100_000; // 1.2 MB in three tensors
    private const int Page = 4096;
    private const int NoSpace = 28; // ENOSPC

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_disk_that_fills_during_a_save_is_named_and_leaves_the_earlier_checkpoint()
    {
        using SmallDisk disk = SmallDisk.Mount(megabytes: 8);
        string run = disk["run"];
        using RunFolder folder = RunFolder.Create(run, overwrite: false);
        folder.IsLenient = true;
        int point = 0;
        using RunCheckpoints checkpoints = SavedStates.Of(folder, limit: 2, Watch);
        checkpoints.Save(folder, 1, Values);
        for (point = 1; point <= Points; point++)
        {
            checkpoints.Save(folder, 1 + point, Values);
            disk.Free();
            Assert.Equal([1], SavedStates.Whole(run));
            Assert.Single(RunCheckpoints.In(run));
            Assert.Empty(SavedStates.Leftovers(run));
        }
        Assert.Equal(Points, folder.Faults.Count);
        Assert.All(folder.Faults, f => Assert.Contains("the disk is full; make room", f, StringComparison.Ordinal));
        point = 0;
        checkpoints.Save(folder, 20, Values);
        Assert.Equal([20, 1], SavedStates.Whole(run));
        Counts.Tell(3, $"tmpfs filled at {Points} points of a save: named, earlier checkpoint whole, nothing partial, each time");

        // After the space was checked: so much of the tensors still fits, at last all of them but nothing behind.
        void Watch(FolderStep step)
        {
            const long Bytes = 3 * Values * sizeof(float);
            if (
                point > 0
                && step.Kind == FolderStepKind.WriteFile
                && step.Path.EndsWith(".safetensors", StringComparison.Ordinal)
            )
                disk.Fill(allBut: point == Points ? Bytes + Page : Bytes * (point - 1) / Points);
        }
    }

    /// <summary>Where nothing can be mounted: every step of a save is refused as a full disk refuses it.</summary>
    [Fact]
    public void Every_step_that_finds_no_space_is_named_and_leaves_the_earlier_checkpoint()
    {
        string run = _folder["run"];
        using RunFolder folder = RunFolder.Create(run, overwrite: false);
        folder.IsLenient = true;
        int told = 0;
        int at = -1;
        using RunCheckpoints checkpoints = SavedStates.Of(folder, limit: null, Watch);
        checkpoints.Save(folder, 1);
        int steps = told;
        for (int i = 0; i < steps; i++)
        {
            (told, at) = (0, i);
            checkpoints.Save(folder, 2 + i);
            at = -1;
            Assert.Contains(1, SavedStates.Whole(run));
            Assert.Equal(RunCheckpoints.In(run).Count, SavedStates.Whole(run).Count);
            Assert.Empty(SavedStates.Leftovers(run));
        }
        Assert.Equal(steps, folder.Faults.Count);
        Assert.All(folder.Faults, f => Assert.Contains("the disk is full; make room", f, StringComparison.Ordinal));

        void Watch(FolderStep step)
        {
            if (told++ == at)
                throw new IOException("No space left on device", NoSpace);
        }
    }

    [Fact]
    public void Training_goes_on_where_a_checkpoint_finds_no_space()
    {
        using SmallDisk disk = SmallDisk.Mount(megabytes: 96);
        Recipe recipe = DemoRecipe.In(_folder, rows: 24) with
        {
            OutputDir = disk["run"],
            SaveSteps = 2,
            SaveTotalLimit = 2,
            GradientAccumulationSteps = 1,
        };
        var said = new List<string>();
        RunSummary? summary = null;
        foreach (RunEvent happened in new TrainingRun(recipe).Events(TestContext.Current.CancellationToken))
        {
            if (happened is RunEvent.Message message)
                said.Add(message.Text);
            if (happened is RunEvent.Finished finished)
                summary = finished.Summary;
            if (happened is not RunEvent.Step { Report.Number: var number })
                continue;
            // A save is written beside training, and has come to its end when the next one but one begins.
            if (number == 5)
                disk.Fill(allBut: 4 << 20);
            if (number != 9)
                continue;
            IReadOnlyList<string> left = RunCheckpoints.In(disk["run"]);
            Assert.NotEmpty(left);
            Assert.DoesNotContain(disk["run/checkpoint-6"], left);
            Assert.All(left, path => RunCheckpoint.Open(path));
            disk.Free();
        }
        Assert.Contains(
            said,
            s => s.Contains("make room", StringComparison.Ordinal) && s.EndsWith("training goes on.", StringComparison.Ordinal)
        );
        Assert.Equal(12, summary!.Steps);
        Assert.Equal("checkpoint-10", Path.GetFileName(RunCheckpoints.In(disk["run"])[0]));
        Assert.True(File.Exists(disk["run/model/model.safetensors"]));
        Assert.Contains(summary.Unwritten, f => f.Contains("checkpoint-6", StringComparison.Ordinal));
    }
}
