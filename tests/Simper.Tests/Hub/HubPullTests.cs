using System.Text;
using Simper.Hub;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Tests.Hub;

/// <summary>Downloads that break off, servers that are wrong or hostile, several downloads at once.</summary>
public sealed class HubPullTests : IDisposable
{
    private static readonly byte[] Large = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i * 31 + i / 977))];

    private readonly TemporaryFolder _folder = new();
    private readonly HubStub _hub = new HubStub()
        .With("org/name", "config.json", "{}")
        .With("org/name", "model.safetensors", Large, isLarge: true);
    private readonly List<TimeSpan> _pauses = [];

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    private HubEnvironment Environment(params (string Name, string Value)[] variables) =>
        new(name =>
            variables.FirstOrDefault(v => v.Name == name).Value
            ?? name switch
            {
                "HF_ENDPOINT" => _hub.Address,
                "HF_HUB_CACHE" => _folder["hub"],
                "HF_TOKEN" => HubStub.Token,
                _ => null,
            }
        );

    private async Task<PullResult> Pull(
        HubEnvironment? environment = null,
        string name = "org/name",
        Action<PullProgress>? tell = null
    )
    {
        using var pull = new HubPull(
            environment ?? Environment(),
            pause: (time, _) =>
            {
                lock (_pauses)
                    _pauses.Add(time);
                return Task.CompletedTask;
            }
        );
        return await pull.RunAsync(
            new PullRequest(HubReference.Parse(HubKind.Model, name)!),
            tell,
            TestContext.Current.CancellationToken
        );
    }

    private async Task<string> Fault(HubEnvironment? environment = null, string name = "org/name")
    {
        string message = (await Assert.ThrowsAsync<SimperException>(() => Pull(environment, name))).Message;
        Assert.DoesNotContain(HubStub.Token, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private string Blob(string tag) => _folder[$"hub/models--org--name/blobs/{tag}"];

    private string Incomplete => Blob(HubStub.Sha256(Large)) + ".incomplete";

    private void ExpectWhole(PullResult result)
    {
        Assert.Equal(Large, File.ReadAllBytes(Path.Combine(result.Snapshot, "model.safetensors")));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(result.Snapshot, "config.json")));
        Assert.Empty(Directory.GetFiles(_folder["hub/models--org--name/blobs"], "*.incomplete"));
        Assert.Equal(HubStub.Commit, File.ReadAllText(_folder["hub/models--org--name/refs/main"]));
    }

    [Fact]
    public async Task A_connection_that_breaks_is_gone_on_with_where_it_broke()
    {
        int gets = 0;
        _hub.StoreQuirk = (r, hub) => gets++ == 0 ? hub.Content(r) with { CutAfter = 1_000_000 } : null;
        PullProgress? last = null;
        ExpectWhole(await Pull(tell: p => last = p));
        StubRequest[] asked = [.. _hub.StoreRequests];
        Assert.Equal(2, asked.Length);
        Assert.Null(asked[0].Header("range"));
        Assert.Equal("bytes=1000000-", asked[1].Header("range"));
        Assert.All(asked, r => Assert.Null(r.Header("authorization")));
        Assert.Equal((Large.Length + 2L, Large.Length + 2L, 2, 2), (last!.Bytes, last.AllBytes, last.Files, last.AllFiles));
    }

    [Fact]
    public async Task The_next_download_goes_on_with_what_an_interrupted_one_left()
    {
        _hub.StoreQuirk = (r, hub) => hub.Content(r) with { CutAfter = 400_000 };
        Assert.Contains("broke off", await Fault(), StringComparison.Ordinal);
        long kept = new FileInfo(Incomplete).Length;
        Assert.InRange(kept, 400_000, Large.Length - 1);
        Assert.False(File.Exists(_folder["hub/models--org--name/refs/main"]));
        _hub.StoreQuirk = null;
        int before = _hub.StoreRequests.Count;
        ExpectWhole(await Pull());
        Assert.Equal($"bytes={kept}-", Assert.Single(_hub.StoreRequests.Skip(before)).Header("range"));
    }

    [Theory]
    [InlineData(500_000, false)] // of something else
    [InlineData(3_000_000, false)] // as long as the whole, of something else
    [InlineData(4_000_000, false)] // longer than the whole
    [InlineData(3_000_000, true)] // all there
    public async Task What_is_left_of_something_else_is_thrown_away(int length, bool isRight)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Incomplete)!);
        File.WriteAllBytes(Incomplete, isRight ? Large : new byte[length]);
        ExpectWhole(await Pull());
        Assert.Equal(isRight, _hub.StoreRequests.Count == 0);
    }

    [Theory]
    [InlineData(200)] // the whole in place of the rest
    [InlineData(206)] // another range
    [InlineData(416)] // no range at all
    public async Task A_server_that_does_not_give_the_rest_is_asked_for_the_whole(int status)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Incomplete)!);
        File.WriteAllBytes(Incomplete, Large[..1000]);
        _hub.StoreQuirk = (r, hub) =>
            r.Header("range") is null ? null
            : status == 200 ? new StubAnswer(200, Large)
            : status == 206 ? new StubAnswer(206, Large[5..], ("Content-Range", $"bytes 5-{Large.Length - 1}/{Large.Length}"))
            : new StubAnswer(416);
        _ = _hub.Answer(
            new StubRequest("HEAD", "/org/name/resolve/main/model.safetensors", new Dictionary<string, string>(), [])
        );
        ExpectWhole(await Pull());
    }

    [Fact]
    public async Task Other_content_than_announced_is_refused_and_not_kept()
    {
        _hub.StoreQuirk = (r, hub) => new StubAnswer(200, [.. Large.Reverse()]);
        Assert.Contains("model.safetensors came with other content", await Fault(), StringComparison.Ordinal);
        Assert.False(File.Exists(Incomplete));
        Assert.False(File.Exists(Blob(HubStub.Sha256(Large))));
        _hub.StoreQuirk = (r, hub) => new StubAnswer(200, Large[..^5]);
        Assert.Contains("with 2999995 bytes, and the hub announced 3000000", await Fault(), StringComparison.Ordinal);
        _hub.StoreQuirk = null;
        // Small files by git's hash.
        _hub.Quirk = (r, hub) =>
            r.Method == "GET" && r.Target.EndsWith("config.json", StringComparison.Ordinal)
                ? StubAnswer.Text(200, "[]", ("X-Repo-Commit", HubStub.Commit))
                : null;
        Assert.Contains("config.json came with other content", await Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/evil")]
    [InlineData("a//b")]
    [InlineData("C:/evil")]
    [InlineData("..\\evil")]
    [InlineData("a/\u0001b")]
    public async Task A_name_that_leaves_the_folder_stops_all_before_anything_is_fetched(string path)
    {
        _hub.With("org/name", path, "x");
        Assert.Contains("would leave the folder", await Fault(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["hub/models--org--name/snapshots"]));
        Assert.Equal(2, _hub.Requests.Count);
    }

    [Theory]
    [InlineData("ETag", "\"../../../evil\"", "no ETag that can name a file")]
    [InlineData("ETag", "", "no ETag that can name a file")]
    [InlineData("X-Repo-Commit", "", "does not say which commit")]
    [InlineData("X-Repo-Commit", "0000000000000000000000000000000000000000", "is of another commit")]
    public async Task An_announcement_that_is_none_is_refused(string header, string value, string expected)
    {
        _hub.Quirk = (r, hub) =>
            r.Method != "HEAD" || !r.Target.EndsWith("config.json", StringComparison.Ordinal)
                ? null
                : new StubAnswer(
                    200,
                    [],
                    [
                        .. new[] { ("X-Repo-Commit", HubStub.Commit), ("ETag", "\"abc\"") }
                            .Where(h => h.Item1 != header)
                            .Append((header, value))
                            .Where(h => h.Item2.Length > 0),
                    ]
                );
        Assert.Contains(expected, await Fault(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("W/\"abc123\"", "abc123")]
    [InlineData("abc123", "abc123")]
    public async Task A_tag_that_is_no_hash_names_the_content_as_it_is(string tag, string expected)
    {
        _hub.Quirk = (r, hub) =>
            r.Target.EndsWith("config.json", StringComparison.Ordinal)
                ? new StubAnswer(200, Encoding.UTF8.GetBytes("{}"), ("X-Repo-Commit", HubStub.Commit), ("ETag", tag))
                : null;
        PullResult result = await Pull();
        Assert.Equal($"../../blobs/{expected}", new FileInfo(Path.Combine(result.Snapshot, "config.json")).LinkTarget);
    }

    [Fact]
    public async Task Redirects_within_the_hub_keep_the_token_and_others_lose_it()
    {
        _hub.Quirk = (r, hub) =>
            r.Target.StartsWith("/old/", StringComparison.Ordinal)
            || r.Target.StartsWith("/api/models/old/", StringComparison.Ordinal)
                ? new StubAnswer(307, [], ("Location", r.Target.Replace("old/one", "org/name", StringComparison.Ordinal)))
            : r.Header("authorization") is null ? HubStub.Refused(401, "RepoNotFound", "Repository not found")
            : null;
        PullResult result = await Pull(name: "old/one");
        Assert.Contains("models--old--one", result.Snapshot, StringComparison.Ordinal);
        Assert.Equal(Large, File.ReadAllBytes(Path.Combine(result.Snapshot, "model.safetensors")));
        Assert.All(_hub.StoreRequests, r => Assert.Null(r.Header("authorization")));
    }

    [Fact]
    public async Task A_redirect_of_the_content_itself_loses_the_token_too()
    {
        _hub.Quirk = (r, hub) =>
            r.Target.EndsWith("config.json", StringComparison.Ordinal) && r.Method == "GET"
                ? new StubAnswer(302, [], ("Location", $"{hub.StoreAddress}/elsewhere"))
                : null;
        _hub.StoreQuirk = (r, hub) => r.Target == "/elsewhere" ? StubAnswer.Text(200, "{}") : null;
        ExpectWhole(await Pull());
        Assert.Contains(_hub.StoreRequests, r => r.Target == "/elsewhere");
        Assert.All(_hub.StoreRequests, r => Assert.Null(r.Header("authorization")));
    }

    [Fact]
    public async Task Redirects_without_end_and_next_pages_elsewhere_are_refused()
    {
        _hub.Quirk = (r, hub) => new StubAnswer(302, [], ("Location", "/again"));
        Assert.Contains("more than 20 redirects", await Fault(), StringComparison.Ordinal);
        _hub.Quirk = (r, hub) =>
            r.Target.Contains("/tree/", StringComparison.Ordinal)
                ? hub.Answer(r) with
                {
                    Headers = [("Link", $"<{hub.StoreAddress}/page>; rel=\"next\"")],
                }
                : null;
        Assert.Contains("next page is on another server", await Fault(), StringComparison.Ordinal);
        Assert.Empty(_hub.StoreRequests);
    }

    [Fact]
    public async Task What_passes_is_asked_again_and_waits_as_long_as_the_server_says()
    {
        int busy = 0;
        _hub.Quirk = (r, hub) =>
            r.Target.Contains("/tree/", StringComparison.Ordinal) && busy++ < 2 ? new StubAnswer(503)
            : r.Method == "GET" && r.Target.EndsWith("config.json", StringComparison.Ordinal) && busy++ == 3
                ? new StubAnswer(429, [], ("Retry-After", "7"))
            : null;
        ExpectWhole(await Pull());
        Assert.Equal([1.0, 2.0, 8.0], _pauses.Select(p => p.TotalSeconds));
        busy = 0;
        Directory.Delete(_folder["hub"], recursive: true);
        _pauses.Clear();
        _hub.Quirk = (r, hub) => busy++ == 0 ? new StubAnswer(429, [], ("RateLimit", "\"resolvers\";r=0;t=33")) : null;
        ExpectWhole(await Pull());
        Assert.Equal([34.0], _pauses.Select(p => p.TotalSeconds));
    }

    [Theory]
    [InlineData(500, "answered 500")]
    [InlineData(401, "does not take the token in HF_TOKEN")]
    [InlineData(403, "access is refused")]
    [InlineData(404, "there is nothing at that address")]
    [InlineData(418, "the answer was 418")]
    public async Task A_server_that_refuses_everything_is_said_in_a_sentence(int status, string expected)
    {
        _hub.Quirk = (r, hub) => new StubAnswer(status, Encoding.UTF8.GetBytes("<html>no</html>"));
        Assert.Contains(expected, await Fault(), StringComparison.Ordinal);
        Assert.Equal(status == 500 ? 6 : 1, _hub.Requests.Count);
    }

    [Theory]
    [InlineData("<html>log in</html>")]
    [InlineData("[]")]
    [InlineData("{\"sha\": \"../x\"}")]
    [InlineData("{\"id\": \"org/name\"}")]
    public async Task A_page_that_is_no_hub_s_answer_is_told_from_one(string text)
    {
        _hub.Quirk = (r, hub) => StubAnswer.Text(200, text);
        Assert.Contains("HF_ENDPOINT", await Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_is_said_before_anything_is_asked()
    {
        Assert.Contains("switches downloads off", await Fault(Environment(("HF_HUB_OFFLINE", "1"))), StringComparison.Ordinal);
        Assert.Contains("no address", await Fault(Environment(("HF_ENDPOINT", "hub.example"))), StringComparison.Ordinal);
        Assert.Contains(
            "has characters that no token has",
            await Fault(Environment(("HF_TOKEN", "hf_ü"))),
            StringComparison.Ordinal
        );
        Assert.Empty(_hub.Requests);
        using var gone = new HttpStub(_ => new StubAnswer(200));
        string address = gone.Address;
        gone.Dispose();
        Assert.Contains("cannot be reached", await Fault(Environment(("HF_ENDPOINT", address))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revision_that_is_not_there_is_named()
    {
        Assert.Contains("org/name has no revision v9", await Fault(name: "org/name@v9"), StringComparison.Ordinal);
        Assert.Contains("(a data set needs --dataset)", await Fault(name: "org/none"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_in_other_formats_are_left_out_where_there_are_safetensors()
    {
        _hub.With("org/name", "pytorch_model.bin", new byte[9], isLarge: true)
            .With("org/name", "original/consolidated.00.pth", "x");
        PullResult result = await Pull();
        Assert.Equal(["original/consolidated.00.pth", "pytorch_model.bin"], result.LeftOut.Order(StringComparer.Ordinal));
        _hub.Repositories["org/name"].Remove("model.safetensors");
        Directory.Delete(_folder["hub"], recursive: true);
        Assert.Empty((await Pull()).LeftOut);
    }

    [Fact]
    public async Task Downloads_of_one_repository_at_once_both_end_well()
    {
        Task<PullResult>[] pulls = [Pull(), Pull(), Pull()];
        foreach (PullResult result in await Task.WhenAll(pulls))
            ExpectWhole(result);
    }

    [Fact]
    public async Task Two_files_of_one_content_are_fetched_once()
    {
        _hub.With("org/name", "copy.json", "{}");
        PullResult result = await Pull();
        Assert.Equal("{}", File.ReadAllText(Path.Combine(result.Snapshot, "copy.json")));
        Assert.Single(_hub.Requests, r => r.Method == "GET" && r.Target.Contains("/resolve/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_empty_file_and_a_link_to_a_content_that_is_gone_are_made_anew()
    {
        _hub.With("org/name", "empty.txt", "");
        PullResult result = await Pull();
        Assert.Empty(File.ReadAllBytes(Path.Combine(result.Snapshot, "empty.txt")));
        File.Delete(Blob(HubStub.Sha256(Large)));
        ExpectWhole(await Pull());
    }
}
