using System.Net;
using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Server.Tests.Golden;

/// <summary>
/// Every request that OpenAI's clients for Python and JavaScript, and curl, sent: answered with all that the clients read, in its
/// types.
/// </summary>
public class OpenAiHttpTests(NamedServer named) : IClassFixture<NamedServer>
{
    public static TheoryData<string> Scenarios =>
        SharedFiles.Rows(() =>
            Directory
                .GetFiles(SharedFiles.Path("golden", "openai_http"), "*.jsonl")
                .SelectMany(f => Recorded.Exchanges("openai_http", Path.GetFileName(f)))
                .Select(e => (string)e["scenario"]!)
                .Distinct()
        );

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Recorded_requests_are_answered_in_a_form_that_the_client_accepts(string scenario)
    {
        List<JsonNode> exchanges =
        [
            .. Directory
                .GetFiles(SharedFiles.Path("golden", "openai_http"), "*.jsonl")
                .SelectMany(f => Recorded.Exchanges("openai_http", Path.GetFileName(f)))
                .Where(e => (string)e["scenario"]! == scenario),
        ];
        TestServer server = named.Server;
        foreach (JsonNode exchange in exchanges)
        {
            string path = (string)exchange["path"]!;
            using HttpResponseMessage response =
                (string)exchange["method"]! == "GET"
                    ? await server.Client.GetAsync(path, TestContext.Current.CancellationToken)
                    : await server.SendAsync(path, Bounded(exchange["request"]!));
            string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {response.StatusCode} {text}");
            if (exchange["request"]?["stream"]?.GetValue<bool>() == true)
                CheckStream(TestServer.Events(text), exchange["request"]!);
            else if (path.StartsWith("/v1/models", StringComparison.Ordinal))
                CheckModels(JsonNode.Parse(text)!, path);
            else
                CheckWhole(JsonNode.Parse(text)!, exchange["request"]!, isChat: path.Contains("chat", StringComparison.Ordinal));
        }
    }

    // Without a limit the small model fills its context; without a seed it may end at its first token.
    private static string Bounded(JsonNode request)
    {
        JsonNode bounded = request.DeepClone();
        bounded["max_tokens"] ??= 12;
        bounded["seed"] ??= 1;
        bounded["logit_bias"] ??= new JsonObject();
        bounded["logit_bias"]!["0"] = -100; // its end
        return bounded.ToJsonString();
    }

    private static void CheckModels(JsonNode answer, string path)
    {
        if (path == "/v1/models")
        {
            Assert.Equal("list", (string)answer["object"]!);
            Assert.Equal(["m", "org/m"], answer["data"]!.AsArray().Select(m => (string)m!["id"]!));
        }
        else
            Assert.Equal(("org/m", "model"), ((string)answer["id"]!, (string)answer["object"]!));
    }

    private static void CheckWhole(JsonNode answer, JsonNode request, bool isChat)
    {
        CheckHead(answer, isChat ? "chat.completion" : "text_completion");
        int prompts =
            request["prompt"] is JsonArray list && list[0]!.GetValueKind() != System.Text.Json.JsonValueKind.Number
                ? list.Count
                : 1;
        JsonArray choices = answer["choices"]!.AsArray();
        Assert.Equal(prompts * ((int?)request["n"] ?? 1), choices.Count);
        foreach (JsonNode? choice in choices)
        {
            Assert.Contains((string)choice!["finish_reason"]!, (string[])["stop", "length", "tool_calls"]);
            if (!isChat)
            {
                _ = (string)choice["text"]!;
                CheckLists(choice["logprobs"], request);
                continue;
            }
            Assert.Equal("assistant", (string)choice["message"]!["role"]!);
            Assert.True(choice["message"]!["content"] is not null || choice["message"]!["tool_calls"] is not null);
            Assert.Equal(request["logprobs"] is not null, choice["logprobs"] is not null);
            foreach (JsonNode? token in choice["logprobs"]?["content"]?.AsArray() ?? [])
            {
                _ = (
                    (string)token!["token"]!,
                    (double)token["logprob"]!,
                    token["bytes"]!.AsArray().Select(b => (int)b!).ToList()
                );
                Assert.Equal((int)request["top_logprobs"]!, token["top_logprobs"]!.AsArray().Count);
            }
        }
        JsonNode usage = answer["usage"]!;
        Assert.Equal((int)usage["prompt_tokens"]! + (int)usage["completion_tokens"]!, (int)usage["total_tokens"]!);
    }

    private static void CheckLists(JsonNode? logProbs, JsonNode request)
    {
        Assert.Equal(request["logprobs"] is not null, logProbs is not null);
        if (logProbs is null)
            return;
        int tokens =
            (request["echo"]?.GetValue<bool>() == true ? request["prompt"]!.AsArray().Count : 0) + (int)request["max_tokens"]!;
        foreach (string list in (string[])["tokens", "token_logprobs", "top_logprobs", "text_offset"])
            Assert.Equal(tokens, logProbs[list]!.AsArray().Count);
    }

    private static void CheckStream(List<string> events, JsonNode request)
    {
        Assert.Equal("[DONE]", events[^1]);
        JsonNode[] chunks = [.. events[..^1].Select(e => JsonNode.Parse(e)!)];
        bool isChat = request["messages"] is not null;
        Assert.All(chunks, c => CheckHead(c, isChat ? "chat.completion.chunk" : "text_completion"));
        Assert.Single(chunks.Select(c => (string)c["id"]!).Distinct());
        bool hasUsage = request["stream_options"]?["include_usage"]?.GetValue<bool>() == true;
        JsonNode[] parts = hasUsage ? chunks[..^1] : chunks;
        if (hasUsage)
        {
            Assert.Empty(chunks[^1]["choices"]!.AsArray());
            Assert.True((int)chunks[^1]["usage"]!["completion_tokens"]! > 0);
        }
        Assert.All(parts, c => Assert.Single(c["choices"]!.AsArray()));
        if (isChat)
        {
            Assert.Equal("assistant", (string)parts[0]["choices"]![0]!["delta"]!["role"]!);
            Assert.All(parts, c => Assert.NotNull(c["choices"]![0]!["delta"]));
        }
        else
            Assert.All(parts, c => Assert.NotNull((string)c["choices"]![0]!["text"]!));
        Assert.Single(parts, c => c["choices"]![0]!["finish_reason"] is not null);
        Assert.NotNull(parts[^1]["choices"]![0]!["finish_reason"]);
    }

    private static void CheckHead(JsonNode answer, string kind)
    {
        Assert.Equal(kind, (string)answer["object"]!);
        Assert.True(((string)answer["id"]!).Length > 8);
        Assert.True((long)answer["created"]! > 1_600_000_000);
        Assert.Equal("m", (string)answer["model"]!);
    }
}

/// <summary>A server with the demo's model under the names of the recorded requests.</summary>
public sealed class NamedServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await TestServer.StartAsync(null, null, null, "m", "org/m");

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
