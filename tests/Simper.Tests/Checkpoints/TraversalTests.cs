using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Testing;
using Simper.Text.Hub;

namespace Simper.Tests.Checkpoints;

/// <summary>Names in files and listings that would lead out of their folder: nothing outside is read or written.</summary>
public sealed class TraversalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static readonly string[] Escaping =
    [
        "../secret.safetensors",
        "../../secret.safetensors",
        "a/../../secret.safetensors",
        "./../secret.safetensors",
        "..//secret.safetensors",
        "..",
        ".",
        "./",
        "../",
        "a/..",
        "a/../..",
        "a/./b/../../../secret.safetensors",
        "/etc/passwd",
        "/secret.safetensors",
        "//secret.safetensors",
        "///etc//secret.safetensors",
        "..\\secret.safetensors",
        "..\\..\\secret.safetensors",
        "a\\..\\..\\secret.safetensors",
        "a/..\\../secret.safetensors",
        "C:\\secret.safetensors",
        "C:/secret.safetensors",
        "C:secret.safetensors",
        "c:..\\secret.safetensors",
        "\\\\server\\share\\secret.safetensors",
        "\\\\?\\C:\\secret.safetensors",
        "\\\\.\\pipe\\secret.safetensors",
        "\\secret.safetensors",
        "secret.safetensors\0.safetensors",
        "a\0/../secret.safetensors",
        "\0",
        "a\n../secret.safetensors",
        "a/\u007f/secret.safetensors",
        "",
        "/",
        "a//b.safetensors",
        "a/",
        "/a",
        "....//../secret.safetensors",
        "model/../../../../../../../../etc/passwd",
    ];

    // Legal names of files on this system: they stay where they are put.
    private static readonly string[] Odd =
    [
        "%2e%2e%2fsecret.safetensors",
        "..%2fsecret.safetensors",
        "..%c0%afsecret.safetensors",
        "~root.safetensors",
        "$HOME.safetensors",
        "file:secret.safetensors",
        "....safetensors",
        "\u2025secret.safetensors",
        "\uff0e\uff0e\uff0fsecret.safetensors",
        "-rf.safetensors",
    ];

    [Fact]
    public void There_are_forty_names() => Assert.Equal(40, Escaping.Distinct().Count());

    [Fact]
    public void An_index_opens_no_file_outside_of_its_folder()
    {
        _folder.Write("secret.safetensors", SafetensorsBytes.Of("{" + SafetensorsBytes.Tensor("a") + "}", 8));
        string model = Directory.CreateDirectory(_folder["model"]).FullName;
        Directory.CreateDirectory(Path.Combine(model, "a"));
        File.WriteAllText(Path.Combine(model, "config.json"), "{\"model_type\":\"llama\"}");
        File.WriteAllBytes(
            Path.Combine(model, "other.safetensors"),
            SafetensorsBytes.Of("{" + SafetensorsBytes.Tensor("b") + "}", 8)
        );
        foreach (string name in Escaping.Concat(Odd))
        {
            var index = new JsonObject { ["weight_map"] = new JsonObject { ["a"] = name } };
            File.WriteAllText(Path.Combine(model, "model.safetensors.index.json"), index.ToJsonString());
            string message = Assert.Throws<SimperException>(() => Checkpoint.Open(model)).Message;
            Assert.True(
                message.EndsWith("[UnsafeShardName].", StringComparison.Ordinal)
                    || (Odd.Contains(name) && message.EndsWith("[ShardMissing].", StringComparison.Ordinal)),
                $"{name}: {message}"
            );
            Assert.DoesNotContain(message, char.IsControl);
        }
        Counts.Tell(20, $"{Escaping.Length} escaping and {Odd.Length} odd names of shards in an index: none opened");
    }

    [Fact]
    public void A_listing_of_the_hub_names_nothing_outside_of_its_folder()
    {
        string root = Directory.CreateDirectory(_folder["snapshot"]).FullName;
        foreach (string name in Escaping)
        {
            Assert.False(HubNames.IsInside(name), name);
            Assert.Null(HubReference.Parse(HubKind.Model, $"org/{name}"));
            Assert.Null(HubReference.Parse(HubKind.Model, $"org/name@{name}"));
            Assert.Null(HubReference.Parse(HubKind.Dataset, $"org/name/{name}"));
        }
        foreach (string name in Odd.Where(HubNames.IsInside))
            Assert.StartsWith(
                root + Path.DirectorySeparatorChar,
                Path.GetFullPath(Path.Combine(root, name)),
                StringComparison.Ordinal
            );
        Counts.Tell(
            20,
            $"{Escaping.Length} escaping names of files, models, revisions and parts of data sets of the hub: all refused"
        );
    }

    [Fact]
    public void A_folder_that_is_saved_has_no_file_outside()
    {
        using var staged = new StagedFolder(_folder["saved"], _ => false);
        foreach (string name in Escaping)
        {
            try
            {
                string path = Path.GetFullPath(staged.PathOf(name));
                Assert.StartsWith(staged.Folder + Path.DirectorySeparatorChar, path, StringComparison.Ordinal);
            }
            catch (ArgumentException)
            {
                // No name at all.
            }
        }
        Assert.Equal([staged.Folder], Directory.GetFileSystemEntries(_folder.Path));
        Counts.Tell(20, $"{Escaping.Length} escaping names of files to be saved: none leaves the folder");
    }
}
