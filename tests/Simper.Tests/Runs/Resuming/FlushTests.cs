using Simper.Checkpoints;
using Simper.Models.Gguf;
using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Resuming;

/// <summary>
/// What is flushed to disk, and when. <see cref="LostWritesTests"/> shows that these flushes are enough, as long as each step
/// that is told is made: here the flushes themselves are seen.
/// </summary>
public sealed class FlushTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _seen = [];

    public FlushTests() => Flushing.Watch.Value = path => _seen.Add($"flushed {Name(path)}");

    public void Dispose()
    {
        Flushing.Watch.Value = null;
        _folder.Dispose();
    }

    // The random part of a staged folder's name is left out.
    private string Name(string path) =>
        string.Join(
            '/',
            Path.GetRelativePath(_folder.Path, path)
                .Split(Path.DirectorySeparatorChar)
                .Select(p => p.Contains(".tmp-", StringComparison.Ordinal) ? "staged" : p)
        );

    [Fact]
    public void Files_are_flushed_before_their_folder_before_its_name_before_the_old_one_goes()
    {
        using RunFolder folder = RunFolder.Create(_folder["run"], overwrite: false);
        using RunCheckpoints checkpoints = SavedStates.Of(folder, limit: 1, Watch);
        checkpoints.Save(folder, 1, hasTemplate: true);
        _seen.RemoveAll(_ => true);
        checkpoints.Save(folder, 2, hasTemplate: true);
        string[] files =
        [
            "model.safetensors",
            "config.json",
            "additional_chat_templates/tools.jinja",
            "optimizer.safetensors",
            "position.json",
            "manifest.json",
        ];
        string[] expected =
        [
            .. _seen.TakeWhile(s => s != "MakeFolder run/staged"), // the logs
            "MakeFolder run/staged",
            .. files.SelectMany(f =>
                (string[])
                    [
                        .. f.Contains('/', StringComparison.Ordinal)
                            ? (string[])[$"MakeFolder run/staged/{Path.GetDirectoryName(f)}"]
                            : [],
                        $"WriteFile run/staged/{f}",
                        $"FlushFile run/staged/{f}",
                        $"flushed run/staged/{f}",
                    ]
            ),
            "FlushFolder run/staged/additional_chat_templates",
            "flushed run/staged/additional_chat_templates",
            "FlushFolder run/staged",
            "flushed run/staged",
            "Rename run/staged",
            "FlushFolder run",
            "flushed run",
            "Rename run/checkpoint-1",
            "DeleteFolder run/staged",
        ];
        Assert.Equal(expected, _seen);

        void Watch(FolderStep step) => _seen.Add($"{step.Kind} {Name(step.Path)}");
    }

    [Fact]
    public void Names_of_new_folders_are_flushed_the_outermost_first()
    {
        using RunFolder folder = RunFolder.Create(_folder["of/runs/run"], overwrite: false);
        Assert.Equal(["flushed .", "flushed of", "flushed of/runs"], _seen);
    }

    [Fact]
    public void Logs_are_flushed_with_their_names()
    {
        using RunFolder folder = RunFolder.Create(_folder["run"], overwrite: false);
        folder.Begin();
        folder.Log(1, 0.5, new Dictionary<string, double> { ["loss"] = 1 });
        _seen.Clear();
        IReadOnlyDictionary<string, long> logs = folder.SettleLogs();
        Assert.Equal(2, logs.Count); // metrics and events
        Assert.Equal(
            [.. logs.Keys.Select(name => $"flushed run/{name}").Append("flushed run/tensorboard").Order(StringComparer.Ordinal)],
            _seen.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void A_file_of_GGUF_is_flushed_when_it_is_finished()
    {
        using (var writer = new GgufWriter(_folder["m.gguf"], [KeyValuePair.Create("general.architecture", (object)"llama")], []))
        {
            Assert.Empty(_seen);
            writer.Finish();
        }
        Assert.Equal(["flushed m.gguf"], _seen);
    }

    [Theory]
    [InlineData(5)] // EIO
    [InlineData(28)] // ENOSPC
    [InlineData(122)] // EDQUOT
    public void Names_that_were_lost_are_an_error(int error)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the numbers are Linux's");
        Assert.Equal(error, Assert.Throws<IOException>(() => Posix.ExpectKept(error)).HResult);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(22)] // EINVAL: the file system flushes no folders
    [InlineData(95)] // EOPNOTSUPP
    public void A_file_system_that_flushes_no_folders_is_no_error(int error) => Posix.ExpectKept(error);

    [Fact]
    public void What_cannot_be_flushed_is_an_error_and_not_told()
    {
        Assert.SkipUnless(Posix.IsHere, "folders are not flushed there");
        Assert.Contains(
            "cannot be flushed to disk",
            Assert.Throws<IOException>(() => Flushing.Folder(_folder["nowhere"])).Message,
            StringComparison.Ordinal
        );
        var file = new NewFile(_folder["file"]);
        file.Complete();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(file.Flush);
        Assert.Empty(_seen);
    }
}
