using System.Text;
using System.Text.Json.Nodes;
using Simper.Hub;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Tests.Hub;

/// <summary>Uploads to the recorded server: the requests of huggingface_hub, field for field.</summary>
public sealed class RecordedPushTests : IDisposable
{
    private const string Sha = "b628a12f784b4f01e880733a6eff8a97931d91b0a7f58d023660a45b8bf8f010";

    private readonly TemporaryFolder _folder = new();

    public RecordedPushTests()
    {
        _folder.Write("README.md", "---\nlicense: mit\n---\n# Pushed\n");
        _folder.Write("empty.bin", "");
        Directory.CreateDirectory(_folder["sub"]);
        _folder.Write("sub/a.txt", "text\n");
        _folder.Write(".hidden", "not sent");
        _folder.Write("model.safetensors", [.. Enumerable.Range(0, 1000).Select(i => (byte)(i % 200))]);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<PushResult> Push(RecordedHub hub, string name = "tiny/model", string? branch = null)
    {
        var environment = new HubEnvironment(v =>
            v switch
            {
                "HF_ENDPOINT" => hub.Address,
                "HF_TOKEN" => "hf_good",
                _ => null,
            }
        );
        using var push = new HubPush(environment, pause: (_, _) => Task.CompletedTask);
        HubReference reference = HubReference.Parse(HubKind.Model, name)! with { Revision = branch };
        return await push.RunAsync(
            new PushRequest(_folder.Path, reference) { Message = "Push", Description = "more" },
            cancel: TestContext.Current.CancellationToken
        );
    }

    private static JsonNode Json(StubRequest request) => JsonNode.Parse(request.Body)!;

    private static void ExpectSame(JsonNode recorded, JsonNode ours) =>
        Assert.True(JsonNode.DeepEquals(recorded, ours), $"{recorded.ToJsonString()}\n{ours.ToJsonString()}");

    private static StubRequest Asked(RecordedHub hub, string path) =>
        Assert.Single(hub.Requests, r => r.Target.StartsWith(path, StringComparison.Ordinal));

    private static void ExpectRecordedBodies(RecordedHub hub)
    {
        foreach (
            string path in (string[])
                ["/api/validate-yaml", "/api/models/tiny/model/preupload/main", "/tiny/model.git/info/lfs/objects/batch"]
        )
            ExpectSame(hub.Recorded("POST", path), Json(Asked(hub, path)));
        JsonNode[] lines =
        [
            .. Encoding
                .UTF8.GetString(Asked(hub, "/api/models/tiny/model/commit/main").Body)
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => JsonNode.Parse(l)!),
        ];
        ExpectSame(hub.Recorded("POST", "/api/models/tiny/model/commit/main")["ndjson"]!, new JsonArray([.. lines]));
        Assert.Equal("application/x-ndjson", Asked(hub, "/api/models/tiny/model/commit/main").Header("content-type"));
        Assert.All(hub.StoreRequests, r => Assert.Null(r.Header("authorization")));
        Assert.All(hub.Unknown, u => Assert.Contains("/api/repos/create", u, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_folder_is_sent_as_python_s_client_sends_it()
    {
        using var hub = new RecordedHub("upload", "upload_folder");
        PushResult result = await Push(hub);
        ExpectRecordedBodies(hub);
        StubRequest put = Assert.Single(hub.StoreRequests);
        Assert.Equal(("PUT", Sha), (put.Method, HubStub.Sha256(put.Body)));
        Assert.Equal($"{hub.Address}/tiny/model/commit/22c7ae0495627090a004fcba327b8c6a3436fb91", result.Address);
        Assert.Equal(["README.md", "empty.bin", "model.safetensors", "sub/a.txt"], result.Files);
        Assert.Equal((1000, false), (result.SentBytes, result.IsNew));
    }

    [Fact]
    public async Task A_large_file_that_the_hub_has_is_not_sent_again()
    {
        using var hub = new RecordedHub("upload", "upload_folder_present");
        PushResult result = await Push(hub);
        ExpectRecordedBodies(hub);
        Assert.Empty(hub.StoreRequests);
        Assert.Equal(0, result.SentBytes);
    }

    [Fact]
    public async Task A_large_file_goes_in_the_parts_that_the_hub_asks_for()
    {
        using var hub = new RecordedHub("upload", "upload_folder_multipart");
        await Push(hub);
        ExpectRecordedBodies(hub);
        Assert.Equal([400, 400, 200], hub.StoreRequests.Where(r => r.Method == "PUT").Select(r => r.Body.Length));
        StubRequest complete = Assert.Single(hub.StoreRequests, r => r.Method == "POST");
        ExpectSame(hub.Recorded("POST", "/complete"), Json(complete));
        Assert.Equal("application/vnd.git-lfs+json", complete.Header("content-type"));
        ExpectSame(hub.Recorded("POST", "/api/complete_verify"), Json(Asked(hub, "/api/complete_verify")));
        Assert.Equal("Bearer hf_good", Asked(hub, "/api/complete_verify").Header("authorization"));
    }

    [Fact]
    public async Task A_file_that_the_hub_does_not_take_stops_the_commit()
    {
        using var hub = new RecordedHub("upload", "upload_lfs_error");
        string error = (await Assert.ThrowsAsync<SimperException>(() => Push(hub))).Message;
        Assert.Contains("the hub does not take model.safetensors: 'too large'", error, StringComparison.Ordinal);
        Assert.DoesNotContain(hub.Requests, r => r.Target.Contains("/commit/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Files_that_are_there_make_no_commit()
    {
        foreach (string file in (string[])["README.md", "empty.bin", "model.safetensors", "sub/a.txt"])
            File.Delete(_folder[file]);
        _folder.Write("copy.md", "# Tiny, second commit\n");
        using var hub = new RecordedHub("upload", "upload_file_unchanged");
        PushResult result = await Push(hub);
        ExpectSame(
            hub.Recorded("POST", "/api/models/tiny/model/preupload/main"),
            Json(Asked(hub, "/api/models/tiny/model/preupload/main"))
        );
        Assert.Empty(result.Files);
        Assert.Equal(["copy.md"], result.Unchanged);
        Assert.Equal($"{hub.Address}/tiny/model", result.Address);
    }

    [Fact]
    public async Task A_commit_that_fails_is_not_repeated()
    {
        foreach (string file in (string[])["README.md", "empty.bin", "model.safetensors", "sub/a.txt"])
            File.Delete(_folder[file]);
        _folder.Write("x.txt", "x");
        using var hub = new RecordedHub("upload", "commit_503");
        Assert.Contains(
            "answered 503",
            (await Assert.ThrowsAsync<SimperException>(() => Push(hub))).Message,
            StringComparison.Ordinal
        );
        Assert.Single(hub.Requests, r => r.Target.Contains("/commit/", StringComparison.Ordinal));
    }
}
