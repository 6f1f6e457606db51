using System.Text.Json.Nodes;
using Simper.Hub;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Tests.Hub;

/// <summary>Downloads from the recorded server: the requests of huggingface_hub, and the files that it leaves.</summary>
public sealed class RecordedPullTests : IDisposable
{
    private const string Commit = "ad782ecdac770fc6eb9a62e44f90873fb97fb26b";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private HubEnvironment Environment(RecordedHub hub, params (string Name, string Value)[] variables) =>
        new(name =>
            name switch
            {
                "HF_ENDPOINT" => hub.Address,
                "HF_HOME" => _folder["hf"],
                _ => variables.FirstOrDefault(v => v.Name == name).Value,
            }
        );

    private static async Task<PullResult> Pull(HubEnvironment environment, PullRequest request)
    {
        using var pull = new HubPull(environment, pause: (_, _) => Task.CompletedTask);
        return await pull.RunAsync(request, cancel: TestContext.Current.CancellationToken);
    }

    private static HubReference Named(string name, HubKind kind = HubKind.Model) => HubReference.Parse(kind, name)!;

    // As the recorded listings describe a file: its link, or its size and hash.
    private string[] Listing()
    {
        IEnumerable<string> Lines(string folder)
        {
            string[] entries = Directory.GetFileSystemEntries(folder);
            if (entries.Length == 0)
                yield return $"{At(folder)} empty";
            foreach (string entry in entries)
            {
                var info = new FileInfo(entry);
                if (info.LinkTarget is { } target)
                    yield return $"{At(entry)} -> {target}";
                else if (Directory.Exists(entry))
                    foreach (string line in Lines(entry))
                        yield return line;
                else
                    yield return $"{At(entry)} {info.Length} {HubStub.Sha256(File.ReadAllBytes(entry))}";
            }
        }
        string At(string path) => Path.GetRelativePath(_folder.Path, path).Replace('\\', '/');
        return [.. Lines(_folder.Path).Order(StringComparer.Ordinal)];
    }

    private static string[] Recorded(string scenario) =>
        [
            .. JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "hub", "cache_listings.json")))![scenario]!
                .AsArray()
                .Select(e =>
                    e!["symlink"] is { } link ? $"{e["path"]} -> {link}"
                    : e["folder"] is not null ? $"{e["path"]} empty"
                    : $"{e["path"]} {e["size"]} {e["sha256"]}"
                )
                .Order(StringComparer.Ordinal),
        ];

    [Fact]
    public async Task A_whole_model_lies_where_python_s_client_puts_it()
    {
        using var hub = new RecordedHub("snapshot", "snapshot");
        PullResult result = await Pull(Environment(hub, ("HF_TOKEN", "hf_good")), new PullRequest(Named("tiny/model")));
        Assert.Empty(hub.Unknown);
        Assert.Empty(hub.Unasked);
        Assert.Equal(Recorded("snapshot"), Listing());
        Assert.Equal(_folder[$"hf/hub/models--tiny--model/snapshots/{Commit}"], result.Snapshot);
        Assert.All(hub.StoreRequests, r => Assert.Null(r.Header("authorization")));
        Assert.Equal(result.Snapshot, HubCache.Find(Named("tiny/model"), Environment(hub)));

        // Once more: one request, and nothing is fetched.
        int asked = hub.Requests.Count;
        result = await Pull(Environment(hub, ("HF_TOKEN", "hf_good")), new PullRequest(Named("tiny/model")));
        Assert.Equal((asked + 1, 0L), (hub.Requests.Count, result.FetchedBytes));
        Assert.Equal(Recorded("snapshot"), Listing());
    }

    [Fact]
    public async Task Patterns_take_and_leave_out_files()
    {
        using var hub = new RecordedHub("snapshot", "snapshot_patterns");
        PullResult result = await Pull(
            Environment(hub),
            new PullRequest(Named("tiny/model")) { Include = ["*.json", "sub/*"], Exclude = ["tok*"] }
        );
        Assert.Empty(hub.Unknown);
        Assert.Empty(hub.Unasked);
        Assert.Equal(Recorded("snapshot_patterns"), Listing());
        Assert.Contains("tokenizer.json", result.LeftOut);
    }

    [Fact]
    public async Task A_data_set_lies_beside_models()
    {
        using var hub = new RecordedHub("snapshot", "snapshot_dataset");
        await Pull(Environment(hub), new PullRequest(Named("tiny/data", HubKind.Dataset)));
        Assert.Empty(hub.Unknown);
        Assert.Empty(hub.Unasked);
        Assert.Equal(Recorded("snapshot_dataset"), Listing());
    }

    [Fact]
    public async Task A_whole_commit_is_not_asked_for_and_gets_no_revision()
    {
        const string first = "fe05bcdcdc4928012781a5f1a2a77cbb5398e106";
        using var hub = new RecordedHub("snapshot", "snapshot_commit");
        PullResult result = await Pull(Environment(hub), new PullRequest(Named($"tiny/model@{first}")));
        Assert.Empty(hub.Unknown);
        Assert.Empty(hub.Unasked);
        Assert.Equal(first, result.Commit);
        Assert.False(Directory.Exists(_folder["hf/hub/models--tiny--model/refs"]));
        Assert.Equal(result.Snapshot, HubCache.Find(Named($"tiny/model@{first[..7]}"), Environment(hub)));
    }

    [Fact]
    public async Task A_listing_in_pages_is_read_to_its_end()
    {
        using var hub = new RecordedHub("snapshot", "snapshot_pages");
        await Pull(Environment(hub), new PullRequest(Named("tiny/model")) { Include = ["README.md"] });
        Assert.Empty(hub.Unknown);
        Assert.Empty(hub.Unasked);
        Assert.Equal(
            "# Tiny, second commit\n",
            File.ReadAllText(_folder[$"hf/hub/models--tiny--model/snapshots/{Commit}/README.md"])
        );
    }

    [Fact]
    public async Task Without_links_files_lie_in_the_snapshot_and_blobs_stays_empty()
    {
        using var hub = new RecordedHub("snapshot", "snapshot");
        await Pull(
            Environment(hub, ("HF_TOKEN", "hf_good"), ("HF_HUB_DISABLE_SYMLINKS", "1")),
            new PullRequest(Named("tiny/model")) { Include = ["README.md", "model.safetensors"] }
        );
        string[] expected = Recorded("file_no_symlinks");
        Assert.Equal(
            expected.Where(l => !l.Contains("copy.md", StringComparison.Ordinal)),
            Listing().Where(l => !l.Contains("/trees/", StringComparison.Ordinal))
        );
    }

    [Theory]
    [InlineData("gated_anonymous", "tiny/gated", null, "tiny/gated is gated; ask for access at http")]
    [InlineData(
        "gated_with_token",
        "tiny/gated",
        "hf_good",
        "tiny/gated is gated, and the account of the token in HF_TOKEN has no access"
    )]
    [InlineData("private_anonymous", "tiny/private", null, "there is no such model, or it is private; check the name")]
    [InlineData("disabled_anonymous", "tiny/disabled", null, "access is refused ('Access to this resource is disabled.')")]
    [InlineData("nothing_anonymous", "tiny/nothing", null, "there is no such model, or it is private")]
    [InlineData("nothing_with_token", "tiny/nothing", "hf_good", "or the token in HF_TOKEN may not see it")]
    public async Task A_refusal_is_one_sentence_with_a_way_on(string scenario, string name, string? token, string expected)
    {
        using var hub = new RecordedHub("errors", scenario);
        (string, string)[] variables = token is null ? [] : [("HF_TOKEN", token)];
        string error = (
            await Assert.ThrowsAsync<SimperException>(() => Pull(Environment(hub, variables), new PullRequest(Named(name))))
        ).Message;
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.DoesNotContain("hf_good", error, StringComparison.Ordinal);
        Assert.DoesNotContain(Listing(), l => l.Contains("/refs/", StringComparison.Ordinal));
    }
}
