using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Server.Tests.Golden;

/// <summary>
/// Every request that lm-evaluation-harness sent, answered by the model that answered then: the same log-probs, the same texts,
/// and all that the harness reads, as it reads it.
/// </summary>
public class LmEvalHttpTests(SmolLm2Server smol) : IClassFixture<SmolLm2Server>
{
    // Two float32 programs; thirty blocks.
    private const double Tolerance = 2e-3;

    public static TheoryData<string> Files => Recorded.Files("lm_eval_http");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Recorded_requests_are_answered_as_they_were(string file)
    {
        TestServer server = await smol.ServerAsync();
        foreach (JsonNode exchange in Recorded.Exchanges("lm_eval_http", file))
        {
            string path = (string)exchange["path"]!;
            if ((string)exchange["method"]! == "GET")
            {
                JsonNode info = JsonNode.Parse(await server.Client.GetStringAsync(path, TestContext.Current.CancellationToken))!;
                Assert.Equal("<|im_end|>", (string)info["eos_token"]!);
                continue;
            }
            JsonNode answer = await server.AnswerAsync(path, exchange["request"]!.ToJsonString());
            JsonArray expected = exchange["response"]!["choices"]!.AsArray();
            JsonNode[] actual = [.. answer["choices"]!.AsArray().OrderBy(c => (int)c!["index"]!).Select(c => c!)];
            Assert.Equal(expected.Count, actual.Length);
            for (int i = 0; i < actual.Length; i++)
            {
                Assert.Equal(i, (int)actual[i]["index"]!);
                if (exchange["request"]!["echo"] is not null)
                    SameScores(expected[i]!["logprobs"]!, actual[i]["logprobs"]!);
                else if (expected[i]!["message"] is { } message)
                    Assert.Equal((string)message["content"]!, (string)actual[i]["message"]!["content"]!);
                else
                    Assert.Equal((string)expected[i]!["text"]!, (string)actual[i]["text"]!);
                if (exchange["request"]!["echo"] is null)
                    Assert.Equal((string)expected[i]!["finish_reason"]!, (string)actual[i]["finish_reason"]!);
            }
            foreach (string count in (string[])["prompt_tokens", "completion_tokens", "total_tokens"])
                Assert.Equal((int)exchange["response"]!["usage"]![count]!, (int)answer["usage"]![count]!);
        }
    }

    private static void SameScores(JsonNode expected, JsonNode actual)
    {
        double?[] wanted = [.. expected["token_logprobs"]!.AsArray().Select(v => (double?)v)];
        double?[] found = [.. actual["token_logprobs"]!.AsArray().Select(v => (double?)v)];
        JsonArray theirs = expected["top_logprobs"]!.AsArray();
        JsonArray ours = actual["top_logprobs"]!.AsArray();
        Assert.Equal(wanted.Length, found.Length);
        Assert.Equal(theirs.Count, ours.Count);
        Assert.Equal(expected["tokens"]!.AsArray().Select(t => (string)t!), actual["tokens"]!.AsArray().Select(t => (string)t!));
        Assert.Equal(
            expected["text_offset"]!.AsArray().Select(t => (int)t!),
            actual["text_offset"]!.AsArray().Select(t => (int)t!)
        );
        Assert.Null(found[0]);
        for (int i = 1; i < found.Length; i++)
        {
            Assert.InRange(found[i]!.Value - wanted[i]!.Value, -Tolerance, Tolerance);
            double[] best = [.. theirs[i]!.AsObject().Select(e => (double)e.Value!).OrderDescending()];
            double largest = ours[i]!.AsObject().Max(e => (double)e.Value!);
            Assert.InRange(largest - best[0], -Tolerance, Tolerance);
            // What the harness calls greedy: equal as floating-point numbers, so printed alike.
            Assert.Equal(wanted[i] == best[0], found[i] == largest);
        }
    }
}

/// <summary>A server with SmolLM2-135M-Instruct under the names of the recorded requests; starts when first asked for.</summary>
public sealed class SmolLm2Server : IAsyncDisposable
{
    private Task<TestServer>? _server;

    public Task<TestServer> ServerAsync()
    {
        SharedFiles.Expect();
        return _server ??= TestServer.StartAsync(null, null, Recorded.SmolLm2, "smollm2");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await (await _server).DisposeAsync();
    }
}
