using Simper.Runs;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs;

/// <summary>Links in a run's folder lead a run to overwrite or remove nothing outside of it.</summary>
public sealed class RunFolderLinkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public RunFolderLinkTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs the right to make links");
        Directory.CreateDirectory(_folder["outside"]);
        foreach (string name in (string[])["a.svg", "model.safetensors", "config.json", "training_state.safetensors"])
            File.WriteAllText(_folder[$"outside/{name}"], "mine");
        File.WriteAllText(_folder["outside/events.out.tfevents.1.simper"], "mine");
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder["outside"]))
            Assert.All(Directory.GetFiles(_folder["outside"]), f => Assert.Equal("mine", File.ReadAllText(f)));
        _folder.Dispose();
    }

    private Recipe Recipe() => DemoRecipe.In(_folder, rows: 12) with { SaveSteps = 2, SaveTotalLimit = 1, NumTrainEpochs = 2 };

    private static void Run(Recipe recipe, int until = int.MaxValue)
    {
        foreach (RunEvent happened in new TrainingRun(recipe).Events())
        {
            if (happened is RunEvent.Step { Report.Number: var number } && number == until)
                return;
        }
    }

    [Theory]
    [InlineData("model")]
    [InlineData("model.replaced")]
    [InlineData("tensorboard")]
    [InlineData("plots")]
    public void A_folder_that_is_a_link_is_refused(string name)
    {
        Run(Recipe());
        if (Directory.Exists(_folder[$"run/{name}"]))
            Directory.Delete(_folder[$"run/{name}"], recursive: true);
        Directory.CreateSymbolicLink(_folder[$"run/{name}"], _folder["outside"]);
        string said = Assert.Throws<SimperException>(() => Run(Recipe() with { OverwriteOutputDir = true })).Message;
        Assert.Contains($"holds {name} as a link to another place", said, StringComparison.Ordinal);
        Assert.Equal(5, Directory.GetFiles(_folder["outside"]).Length);
    }

    [Fact]
    public void A_checkpoint_that_is_a_link_is_unlinked_by_retention_and_by_a_new_run()
    {
        Run(Recipe(), until: 5);
        Link("checkpoint-1");
        Run(Recipe() with { ResumeFromCheckpoint = "true" }); // keeps one
        Assert.False(Path.Exists(_folder["run/checkpoint-1"]));
        Link("checkpoint-3");
        Run(Recipe() with { OverwriteOutputDir = true, SaveStrategy = SaveStrategy.No });
        Assert.False(Path.Exists(_folder["run/checkpoint-3"]));
        Assert.Equal(5, Directory.GetFiles(_folder["outside"]).Length);

        void Link(string name) => Directory.CreateSymbolicLink(_folder[$"run/{name}"], _folder["outside"]);
    }

    [Fact]
    public void A_checkpoint_whose_place_is_a_link_is_not_written_through_it()
    {
        RunSummary? summary = null;
        foreach (RunEvent happened in new TrainingRun(Recipe() with { SaveTotalLimit = 0 }).Events())
        {
            if (happened is RunEvent.Step { Report.Number: 3 })
                Directory.CreateSymbolicLink(_folder["run/checkpoint-4"], _folder["outside"]);
            summary = (happened as RunEvent.Finished)?.Summary ?? summary;
        }
        Assert.Contains(summary!.Unwritten, f => f.Contains("checkpoint-4", StringComparison.Ordinal));
        Assert.True(File.Exists(_folder["run/model/model.safetensors"]));
        Assert.Equal(5, Directory.GetFiles(_folder["outside"]).Length);
    }

    [Fact]
    public void Links_inside_a_folder_that_is_removed_are_not_followed()
    {
        Run(Recipe(), until: 5);
        Directory.CreateSymbolicLink(_folder["run/checkpoint-4/more"], _folder["outside"]);
        File.CreateSymbolicLink(_folder["run/checkpoint-4/a.svg"], _folder["outside/a.svg"]);
        Directory.CreateDirectory(_folder["run/plots"]);
        File.CreateSymbolicLink(_folder["run/plots/a.svg"], _folder["outside/a.svg"]);
        Run(Recipe() with { OverwriteOutputDir = true });
        Assert.Equal(5, Directory.GetFiles(_folder["outside"]).Length);
    }

    [Fact]
    public void A_log_that_is_a_link_is_not_cut_where_it_leads()
    {
        Run(Recipe(), until: 5);
        string log = Directory.GetFiles(_folder["run/tensorboard"]).Single();
        File.Delete(log);
        File.CreateSymbolicLink(log, _folder["outside/a.svg"]);
        Assert.Contains(
            "is a link to another place",
            Assert.Throws<SimperException>(() => Run(Recipe() with { ResumeFromCheckpoint = "true" })).Message,
            StringComparison.Ordinal
        );
        File.Delete(_folder["run/metrics.jsonl"]);
        File.CreateSymbolicLink(_folder["run/metrics.jsonl"], _folder["outside/a.svg"]);
        Assert.Contains(
            "holds metrics.jsonl as a link",
            Assert.Throws<SimperException>(() => Run(Recipe() with { ResumeFromCheckpoint = "true" })).Message,
            StringComparison.Ordinal
        );
    }
}
