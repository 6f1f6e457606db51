using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Server.Tests.Hosting;

/// <summary>
/// Good requests with random changes, in their bytes and in their values: never a fault of the server, and memory does not grow.
/// 400 of them; 50,000 with SIMPER_LONG=1.
/// </summary>
[Collection(AloneCollection.Name)]
public class MutatedRequestTests(ITestOutputHelper output, DemoServer demo)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SIMPER_LONG") == "1";

    private static readonly (string Path, string Body)[] Good =
    [
        ("/v1/chat/completions", """{"model": "demo", "messages": [{"role": "user", "content": "Héllo 😀"}], "max_tokens": 4}"""),
        (
            "/v1/chat/completions",
            """
            {"model": "demo",
             "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": [{"type": "text", "text": "t"}]}],
             "frequency_penalty": 0.1, "logit_bias": {"5": -100}, "logprobs": true, "max_completion_tokens": 6, "n": 2, "seed": 7,
             "presence_penalty": 0, "stop": ["a", "b"], "temperature": 0.5, "tool_choice": "auto", "top_logprobs": 2, "top_p": 1,
             "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]}
            """
        ),
        (
            "/v1/chat/completions",
            """
            {"model": "demo", "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 5,
             "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": null,
             "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
             {"role": "tool", "tool_call_id": "1", "content": "4"}]}
            """
        ),
        ("/v1/completions", """{"model": "demo", "prompt": [[1, 2], [4, 5]], "echo": true, "logprobs": 1, "max_tokens": 1}"""),
        ("/v1/completions", """{"model": "demo", "prompt": ["a", "b"], "best_of": 2, "stop": "x", "max_tokens": 4}"""),
        ("/v1/completions", """{"model": "demo", "prompt": "a", "stream": true, "echo": true, "max_tokens": 3, "top_k": 4}"""),
        ("/tokenize", """{"prompt": "some text", "add_special_tokens": false}"""),
        ("/detokenize", """{"tokens": [1, 2, 300]}"""),
    ];

    private static readonly string[] Values =
    [
        "null",
        "0",
        "-1",
        "1",
        "16",
        "1e308",
        "-0.0",
        "true",
        "\"\"",
        "\"\\u0000\"",
        "[]",
        "{}",
        "[[]]",
        "\"😀\"",
        "2147483648",
    ];

    [Fact]
    public async Task Mutated_requests_never_fault_the_server()
    {
        int count = IsLong ? 50_000 : 400;
        var random = DeterministicRandom.For(11, "mutations");
        (string Path, byte[] Body)[] requests = [.. Enumerable.Range(0, count).Select(_ => Mutated(random))];
        var faults = new List<string>();
        var statuses = new SortedDictionary<int, int>();
        long before = 0;
        for (int from = 0; from < count; from += 200)
        {
            await Parallel.ForEachAsync(
                requests[from..Math.Min(count, from + 200)],
                new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancel },
                async (request, cancel) =>
                {
                    int status = await StatusAsync(request.Path, request.Body, cancel);
                    lock (statuses)
                    {
                        statuses[status] = statuses.GetValueOrDefault(status) + 1;
                        if (status >= 500)
                            faults.Add($"{status} {request.Path} {Encoding.UTF8.GetString(request.Body)}");
                    }
                }
            );
            if (from == count / 5 / 200 * 200)
                before = GC.GetTotalMemory(forceFullCollection: true);
        }
        output.WriteLine(string.Join(", ", statuses.Select(s => $"{s.Key}: {s.Value}")));
        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(10)));
        Assert.True(statuses.GetValueOrDefault(200) > count / 20 && statuses.GetValueOrDefault(400) > count / 20);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 32 << 20, $"{grown >> 20} MiB more after {count} requests than after a fifth of them");
        await demo.Server.AnswerAsync("/v1/completions", """{"model": "demo", "prompt": "a", "max_tokens": 2}""", Cancel);
    }

    private async Task<int> StatusAsync(string path, byte[] body, CancellationToken cancel)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using HttpResponseMessage response = await demo.Server.Client.PostAsync(path, content, cancel);
        string text = await response.Content.ReadAsStringAsync(cancel);
        // A stream says its faults inside.
        return text.StartsWith("data:", StringComparison.Ordinal) && text.Contains("\"server_error\"", StringComparison.Ordinal)
            ? 599
            : (int)response.StatusCode;
    }

    private static (string Path, byte[] Body) Mutated(DeterministicRandom random)
    {
        (string path, string body) = Good[random.NextBelow(Good.Length)];
        if (random.NextBelow(2) == 0)
        {
            JsonNode json = JsonNode.Parse(body)!;
            for (int i = random.NextBelow(3); i >= 0; i--)
                Change(json, random);
            return (path, Encoding.UTF8.GetBytes(json.ToJsonString()));
        }
        List<byte> bytes = [.. Encoding.UTF8.GetBytes(body)];
        for (int i = random.NextBelow(4); i >= 0; i--)
        {
            int at = random.NextBelow(bytes.Count);
            switch (random.NextBelow(4))
            {
                case 0:
                    bytes[at] = (byte)random.NextBelow(256);
                    break;
                case 1:
                    bytes.Insert(at, (byte)random.NextBelow(256));
                    break;
                case 2:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes.InsertRange(at, bytes[at..Math.Min(bytes.Count, at + random.NextBelow(30))]);
                    break;
            }
        }
        return (path, [.. bytes]);
    }

    // A value somewhere becomes another one, or goes away.
    private static void Change(JsonNode root, DeterministicRandom random)
    {
        List<(JsonNode Parent, object Key)> places = [];
        Walk(root);
        if (places.Count == 0)
            return;
        (JsonNode parent, object key) = places[random.NextBelow(places.Count)];
        JsonNode? value = JsonNode.Parse(Values[random.NextBelow(Values.Length)]);
        bool goes = random.NextBelow(5) == 0;
        if (parent is JsonObject map && goes)
            map.Remove((string)key);
        else if (parent is JsonObject other)
            other[(string)key] = value;
        else if (parent is JsonArray list && goes)
            list.RemoveAt((int)key);
        else if (parent is JsonArray items)
            items[(int)key] = value;

        void Walk(JsonNode? node)
        {
            if (node is JsonObject inner)
            {
                foreach ((string name, JsonNode? child) in inner)
                {
                    places.Add((inner, name));
                    Walk(child);
                }
            }
            else if (node is JsonArray array)
            {
                for (int i = 0; i < array.Count; i++)
                {
                    places.Add((array, i));
                    Walk(array[i]);
                }
            }
        }
    }
}
