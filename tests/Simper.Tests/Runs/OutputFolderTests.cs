using Simper.Runs;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs;

/// <summary>Folders that could not be written at the end of a run are refused before it begins.</summary>
public sealed class OutputFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Refusal(string path, FolderKind kind, long bytes = 0) =>
        Assert.Throws<SimperException>(() => OutputFolder.Take(path, kind, bytes)).Message;

    private string Made(string name, params string[] files)
    {
        Directory.CreateDirectory(_folder[name]);
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder[name], file))!);
            File.WriteAllText(Path.Combine(_folder[name], file), "content");
        }
        return _folder[name];
    }

    [Fact]
    public void A_new_folder_below_new_folders_passes_and_is_not_left_behind()
    {
        OutputFolder.Take(_folder["a/b/c"], FolderKind.Run, bytes: 1000).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        OutputFolder.Take(Made("empty"), FolderKind.Run, bytes: 1000).Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(_folder["empty"]));
    }

    [Fact]
    public void A_file_and_what_lies_below_a_file_are_refused()
    {
        _folder.Write("file", "x");
        Assert.Equal($"{_folder["file"]} is a file; give a folder as output_dir.", Refusal(_folder["file"], FolderKind.Run));
        Assert.StartsWith(
            $"{_folder["file/run"]} cannot be used as output_dir: ",
            Refusal(_folder["file/run"], FolderKind.Run),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_the_system_does_not_let_anybody_write_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        Assert.StartsWith(
            "/proc/simper/run cannot be used as output_dir: ",
            Refusal("/proc/simper/run", FolderKind.Run),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Too_little_room_is_said_with_both_sizes_also_for_a_folder_that_is_not_there_yet()
    {
        Assert.Matches(
            @"^About 1000000000\.0 GB will be written to .*new/er, but only [\d.]+ [GMk]B are free there; "
                + @"make room, or give another output_dir\.$",
            Refusal(_folder["new/er"], FolderKind.Run, (long)1e18)
        );
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_folder_that_another_process_has_is_refused_at_once()
    {
        using RunFolder taken = RunFolder.Create(_folder["run"], overwrite: false);
        Assert.Contains("is in use by another process", Refusal(_folder["run"], FolderKind.Run), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("src/program.cs")]
    [InlineData("pairs.jsonl")] // a run's name, but nothing else of a run: somebody's own data
    [InlineData("recipe.yaml")]
    [InlineData("report.html")]
    [InlineData("summary.json")]
    [InlineData("model/config.json")]
    [InlineData("recipe.yaml", "metrics.jsonl", "thesis.tex")]
    public void Foreign_files_are_refused_and_named(params string[] files)
    {
        string name = files[^1].Split('/')[0];
        Assert.Equal(
            $"{Made("run", files)} holds {name}, which is no part of a run; give another output_dir, one that is new or empty.",
            Refusal(_folder["run"], FolderKind.Run)
        );
        Assert.Equal("content", File.ReadAllText(Path.Combine(_folder["run"], files[^1])));
    }

    [Theory]
    [InlineData(
        "recipe.yaml",
        "metrics.jsonl",
        "pairs.jsonl",
        "samples.jsonl",
        "report.html",
        "plots/loss.svg",
        "model/config.json",
        "tensorboard/events.out.tfevents.1.simper"
    )]
    [InlineData(".gitignore", ".DS_Store", "lost+found/x", "Thumbs.db")]
    [InlineData("simper-error-20260101-000000-12.txt", "report.html.123.tmp", "model.tmp-0123abcd/config.json")]
    [InlineData("tensorboard/events.out.tfevents.1.simper")] // all that is left of a run that was killed at once
    public void What_a_run_writes_and_what_systems_leave_passes(params string[] files) =>
        OutputFolder.Take(Made("run", files), FolderKind.Run, bytes: 0).Dispose();

    [Fact]
    public void Every_kind_knows_its_own_files_and_no_others()
    {
        OutputFolder
            .Take(Made("experiment", "experiment.json", "compare.html", "arms/a.jsonl", "plots/a.png"), FolderKind.Experiment, 0)
            .Dispose();
        Assert.Contains(
            "holds compare.html, which is no part of an experiment",
            Refusal(Made("page", "compare.html"), FolderKind.Experiment),
            StringComparison.Ordinal
        );
        OutputFolder.Take(Made("judged", "summary.json"), FolderKind.Evaluation, 0).Dispose();
        Assert.Contains(
            "holds other.json",
            Refusal(Made("mixed", "summary.json", "other.json"), FolderKind.Evaluation),
            StringComparison.Ordinal
        );
        OutputFolder.Take(Made("figures", "modes.json", "modes.svg", "lens.csv"), FolderKind.Analysis, 0).Dispose();
        Assert.Contains(
            "holds program.cs",
            Refusal(Made("code", "modes.json", "program.cs"), FolderKind.Analysis),
            StringComparison.Ordinal
        );
        Assert.Contains("holds train.jsonl", Refusal(Made("data", "train.jsonl"), FolderKind.DemoData), StringComparison.Ordinal);
    }
}
