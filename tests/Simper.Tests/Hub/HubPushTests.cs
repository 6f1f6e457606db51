using System.Text.Json.Nodes;
using Simper.Hub;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Text.Hub;

namespace Simper.Tests.Hub;

/// <summary>Making repositories, the page of a model, and what an upload refuses.</summary>
public sealed class HubPushTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<(StubRequest Request, JsonNode? Body)> _asked = [];
    private Func<StubRequest, StubAnswer?> _quirk = _ => null;
    private readonly HttpStub _hub;

    public HubPushTests()
    {
        _folder.Write("config.json", "{}");
        _hub = new HttpStub(request =>
        {
            lock (_asked)
                _asked.Add((request, request.Header("content-type") == "application/json" ? JsonNode.Parse(request.Body) : null));
            return _quirk(request)
                ?? request.Target.Split('?')[0] switch
                {
                    "/api/whoami-v2" => StubAnswer.Text(200, """{"name": "me"}"""),
                    "/api/repos/create" => StubAnswer.Text(200, """{"url": "x"}"""),
                    "/api/validate-yaml" => StubAnswer.Text(200, """{"errors": [], "warnings": [{"message": "no license"}]}"""),
                    var path when path.Contains("/preupload/", StringComparison.Ordinal) => StubAnswer.Text(
                        200,
                        new JsonObject
                        {
                            ["files"] = new JsonArray([
                                .. JsonNode.Parse(request.Body)!["files"]!
                                    .AsArray()
                                    .Select(f => new JsonObject
                                    {
                                        ["path"] = (string)f!["path"]!,
                                        ["uploadMode"] = "regular",
                                        ["shouldIgnore"] = (string)f["path"]! == "ignored.txt",
                                    }),
                            ]),
                        }.ToJsonString()
                    ),
                    var path when path.Contains("/commit/", StringComparison.Ordinal) => StubAnswer.Text(
                        200,
                        """{"success": true, "commitUrl": "http://hub/commit/1"}"""
                    ),
                    _ => new StubAnswer(404),
                };
        });
    }

    public void Dispose()
    {
        _hub.Dispose();
        _folder.Dispose();
    }

    private async Task<PushResult> Push(string name, bool isPrivate = false, string? card = null, string? token = "hf_good")
    {
        var environment = new HubEnvironment(v =>
            v switch
            {
                "HF_ENDPOINT" => _hub.Address,
                "HF_TOKEN" => token,
                "HF_HOME" => _folder["home"],
                _ => null,
            }
        );
        using var push = new HubPush(environment, pause: (_, _) => Task.CompletedTask);
        return await push.RunAsync(
            new PushRequest(_folder.Path, HubReference.Parse(HubKind.Model, name)!) { IsPrivate = isPrivate, Card = card },
            cancel: TestContext.Current.CancellationToken
        );
    }

    private JsonNode Body(string path) => _asked.First(a => a.Request.Target == path).Body!;

    [Fact]
    public async Task A_repository_is_made_where_there_is_none()
    {
        PushResult result = await Push("tiny/new", isPrivate: true, card: "---\ntags: []\n---\n# New\n");
        Assert.True(result.IsNew);
        Assert.Equal("""{"name":"new","organization":"tiny","visibility":"private"}""", Body("/api/repos/create").ToJsonString());
        Assert.Equal(["README.md", "config.json"], result.Files);
        Assert.Equal(["'no license'"], result.Warnings);
        Assert.Contains("# New", Body("/api/validate-yaml").ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_alone_is_in_the_token_s_account_and_a_page_of_its_own_is_kept()
    {
        _folder.Write("README.md", "# Mine\n");
        _folder.Write("ignored.txt", "x");
        PushResult result = await Push("mine", card: "# Other\n");
        Assert.Equal("me/mine", result.Repository);
        Assert.Equal("""{"name":"mine","organization":"me"}""", Body("/api/repos/create").ToJsonString());
        Assert.Contains("# Mine", Body("/api/validate-yaml").ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["README.md", "config.json"], result.Files);
    }

    [Fact]
    public async Task A_token_that_may_not_make_repositories_may_write_into_one()
    {
        _quirk = r =>
            r.Target == "/api/repos/create" ? new StubAnswer(403)
            : r.Target == "/api/models/tiny/old/revision/main" ? StubAnswer.Text(200, "{}")
            : null;
        Assert.False((await Push("tiny/old")).IsNew);
        _quirk = r => r.Target == "/api/repos/create" ? new StubAnswer(403) : null;
        Assert.Contains(
            "the token in HF_TOKEN may lack the right to it",
            (await Assert.ThrowsAsync<SimperException>(() => Push("tiny/old"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Refusals_are_sentences()
    {
        async Task<string> Fault(string? token = "hf_good") =>
            (await Assert.ThrowsAsync<SimperException>(() => Push("tiny/new", card: "# x\n", token: token))).Message;
        Assert.Contains("needs a token that may write", await Fault(token: null), StringComparison.Ordinal);
        _quirk = r => new StubAnswer(401);
        Assert.Contains("does not take the token in HF_TOKEN", await Fault(), StringComparison.Ordinal);
        _quirk = r =>
            r.Target == "/api/validate-yaml" ? StubAnswer.Text(200, """{"errors": [{"message": "bad license"}]}""") : null;
        Assert.Contains(
            "README.md: the hub does not take what is above its text: 'bad license'",
            await Fault(),
            StringComparison.Ordinal
        );
        string page = HubStub.Sha256("# x\n"u8.ToArray());
        _quirk = r =>
            r.Target.Contains("/preupload/", StringComparison.Ordinal)
                ? StubAnswer.Text(200, """{"files": [{"path": "README.md", "uploadMode": "lfs"}, {"path": "config.json"}]}""")
            : r.Target.EndsWith("/objects/batch", StringComparison.Ordinal)
                ? StubAnswer.Text(
                    200,
                    """{"objects": [{"oid": "OID", "actions": {"upload": {"href": "ftp://x/y"}}}]}""".Replace(
                        "OID",
                        page,
                        StringComparison.Ordinal
                    )
                )
            : null;
        Assert.Contains("it sends a file to 'ftp://x/y'", await Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_says_what_the_run_was()
    {
        _folder.Write(
            "recipe.yaml",
            "model_name_or_path: org/base\ndataset_name: /home/me/secret/pairs.jsonl\nloss_type: simper\nlearning_rate: 1E-05\n"
                + "num_train_epochs: 1\n"
        );
        _folder.Write(
            "summary.json",
            """
            {"status": "interrupted", "steps": 3, "total_steps": 9,
             "before": {"pairs": 6, "rewards/accuracies": 0.5, "ppl/chosen": 15.25, "loss": null},
             "after": {"pairs": 6, "rewards/accuracies": 0.75, "ppl/chosen": 14.5, "loss": null}}
            """
        );
        string page = ModelCard.Of(_folder.Path, "me/mine");
        Assert.Contains("base_model: org/base\n", page, StringComparison.Ordinal);
        Assert.DoesNotContain("datasets:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/home/me", page, StringComparison.Ordinal);
        Assert.Contains("# mine\n", page, StringComparison.Ordinal);
        Assert.Contains("org/base, trained on people's preferences (pairs.jsonl)", page, StringComparison.Ordinal);
        Assert.Contains("stopped at step 3 of 9", page, StringComparison.Ordinal);
        Assert.Contains("| learning rate | 1E-05 |", page, StringComparison.Ordinal);
        Assert.Contains("| perplexity of chosen answers | ", page, StringComparison.Ordinal);
        Assert.DoesNotContain("| loss |", page, StringComparison.Ordinal);
        Assert.Contains("from_pretrained(\"me/mine\")", page, StringComparison.Ordinal);
    }
}
