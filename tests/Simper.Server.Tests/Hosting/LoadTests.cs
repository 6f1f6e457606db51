using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Server.Hosting;
using Simper.Serving;

namespace Simper.Server.Tests.Hosting;

/// <summary>Many clients, slow ones, ones that leave, and a server that stops.</summary>
public class LoadTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static string Streamed(int i) =>
        $$"""
            {"model": "demo", "messages": [{"role": "user", "content": "Number {{i}}, say something{{new string('!', i % 7)}}"}],
             "stream": true, "max_tokens": {{8 + i % 17}}, "temperature": {{(
                i % 3 == 0 ? "0" : "1.3"
            )}}, "seed": {{i}}, "logprobs": true}
            """;

    private static string[] Deltas(List<string> events) =>
        [.. events[..^1].Select(e => JsonNode.Parse(e)!["choices"]![0]!.ToJsonString())];

    // However busy the machine is; a hundred times what it takes on one that is.
    private static async Task UntilAsync(Func<bool> holds)
    {
        for (int i = 0; i < 12_000 && !holds(); i++)
            await Task.Delay(50, Cancel);
        Assert.True(holds());
    }

    [Fact]
    public async Task Streams_at_once_equal_their_answers_alone()
    {
        await using TestServer server = await TestServer.StartAsync();
        var alone = new List<string[]>();
        for (int i = 0; i < 64; i++)
            alone.Add(Deltas(await server.StreamAsync("/v1/chat/completions", Streamed(i), Cancel)));
        List<string>[] together = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(i => server.StreamAsync("/v1/chat/completions", Streamed(i), Cancel))
        );
        for (int i = 0; i < 64; i++)
            Assert.Equal(alone[i], Deltas(together[i]));
    }

    [Fact]
    public async Task A_full_queue_says_when_to_come_again()
    {
        await using TestServer server = await TestServer.StartHeldAsync(
            null,
            new EngineSettings { MaxSequences = 1, QueueLimit = 2 }
        );
        const string body = """{"model": "demo", "prompt": "x", "max_tokens": 9, "logit_bias": {"0": -100}, "seed": 1}""";
        Task<HttpResponseMessage>[] asked =
        [
            .. Enumerable.Range(0, 24).Select(_ => server.SendAsync("/v1/completions", body, Cancel)),
        ];
        await UntilAsync(() => asked.Count(a => a.IsCompleted) == 21);
        server.LetGo();
        HttpResponseMessage[] responses = await Task.WhenAll(asked);
        Assert.Equal(3, responses.Count(r => r.StatusCode == HttpStatusCode.OK));
        HttpResponseMessage[] refused = [.. responses.Where(r => r.StatusCode == HttpStatusCode.TooManyRequests)];
        Assert.Equal(21, refused.Length);
        Assert.All(refused, r => Assert.True(r.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_reader_of_a_few_bytes_holds_nobody_up()
    {
        await using TestServer server = await TestServer.StartAsync(new ServerSettings { CutsSlowReaders = false });
        using var slow = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1024 };
        await slow.ConnectAsync(IPAddress.Loopback, server.Server.Address.Port, Cancel);
        // Several megabytes of answer, more than the system buffers for a connection.
        const string body = """
            {"model": "demo", "messages": [{"role": "user", "content": "x"}], "stream": true, "n": 16, "logprobs": true,
             "top_logprobs": 20, "logit_bias": {"0": -100}}
            """;
        await slow.SendAsync(Post(server, body), Cancel);
        var one = new byte[1];
        Assert.Equal(1, await slow.ReceiveAsync(one, Cancel));
        JsonNode other = await server.AnswerAsync(
            "/v1/completions",
            """{"model": "demo", "prompt": "x", "max_tokens": 4}""",
            Cancel
        );
        Assert.NotNull(other["choices"]);
        // All was generated, although hardly a byte of it was read.
        await UntilAsync(() => server.Server.Engines.Single().Finished >= 17);
        Assert.Equal(1, await slow.ReceiveAsync(one, Cancel));
    }

    [Fact]
    public async Task A_client_that_leaves_frees_the_engine()
    {
        await using TestServer server = await TestServer.StartAsync();
        string prompts = string.Join(',', Enumerable.Range(0, 512).Select(i => $"\"{i}\""));
        string body =
            $$"""{"model": "demo", "prompt": [{{prompts}}], "max_tokens": 200, "stream": true, "logit_bias": {"0": -100} }""";
        using (HttpResponseMessage response = await server.SendAsync("/v1/completions", body, Cancel))
        {
            await using Stream stream = await response.Content.ReadAsStreamAsync(Cancel);
            await stream.ReadExactlyAsync(new byte[100], Cancel);
        }
        await UntilAsync(() => server.Server.Engines.Single() is { Running: 0, Queued: 0, Cancelled: > 0 });
        Assert.True(server.Server.Engines.Single().Submitted < 512);
        await server.AnswerAsync("/v1/completions", """{"model": "demo", "prompt": "x", "max_tokens": 4}""", Cancel);
    }

    [Fact]
    public async Task A_request_that_takes_too_long_is_ended_with_an_error()
    {
        await using TestServer server = await TestServer.StartHeldAsync(
            new ServerSettings { RequestTimeout = TimeSpan.FromSeconds(2) }
        );
        const string body = """{"model": "demo", "prompt": "x", "max_tokens": 200""";
        (int status, JsonNode json) = await server.PostAsync("/v1/completions", body + "}", Cancel);
        Assert.Equal((504, "timeout"), (status, (string)json["error"]!["code"]!));
        List<string> events = await server.StreamAsync("/v1/completions", body + ", \"stream\": true}", Cancel);
        Assert.Equal("timeout", (string)JsonNode.Parse(events[^1])!["error"]!["code"]!);
    }

    [Fact]
    public async Task A_silent_stream_says_that_it_is_alive()
    {
        await using TestServer server = await TestServer.StartHeldAsync(
            new ServerSettings { KeepAliveInterval = TimeSpan.FromMilliseconds(20) }
        );
        using HttpResponseMessage response = await server.SendAsync("/v1/chat/completions", Streamed(1), Cancel);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        var text = new StringBuilder();
        for (string? line = ""; line != ": keep-alive"; text.Append(line).Append('\n'))
            Assert.NotNull(line = await reader.ReadLineAsync(Cancel));
        server.LetGo();
        text.Append(await reader.ReadToEndAsync(Cancel));
        Assert.Equal("[DONE]", TestServer.Events(text.ToString())[^1]);
    }

    [Fact]
    public async Task Stopping_lets_running_answers_finish()
    {
        TestServer server = await TestServer.StartAsync();
        var alone = new List<string[]>();
        for (int i = 0; i < 16; i++)
            alone.Add(Deltas(await server.StreamAsync("/v1/chat/completions", Streamed(i), Cancel)));
        Task<HttpResponseMessage>[] begun =
        [
            .. Enumerable.Range(0, 16).Select(i => server.SendAsync("/v1/chat/completions", Streamed(i), Cancel)),
        ];
        HttpResponseMessage[] responses = await Task.WhenAll(begun);
        Task stopping = server.Server.StopAsync(Cancel);
        for (int i = 0; i < 16; i++)
            Assert.Equal(alone[i], Deltas(TestServer.Events(await responses[i].Content.ReadAsStringAsync(Cancel))));
        await stopping;
        await Assert.ThrowsAsync<HttpRequestException>(() => server.SendAsync("/v1/chat/completions", Streamed(0), Cancel));
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Answers_that_take_longer_than_stopping_may_end_where_they_are()
    {
        TestServer server = await TestServer.StartAsync(new ServerSettings { ShutdownTimeout = TimeSpan.FromMilliseconds(200) });
        string prompts = string.Join(',', Enumerable.Range(0, 512).Select(i => $"\"{i}\""));
        string body = $$"""{"model": "demo", "prompt": [{{prompts}}], "max_tokens": 200, "logit_bias": {"0": -100} }""";
        Task<JsonNode> asked = server.AnswerAsync("/v1/completions", body, Cancel);
        await UntilAsync(() =>
            server.Server.Engines.Single().GeneratedTokens > 0 || server.Server.Engines.Single().Submitted > 1
        );
        await server.Server.StopAsync(Cancel);
        JsonNode answer = await asked;
        Assert.Equal(512, answer["choices"]!.AsArray().Count);
        Assert.True((int)answer["usage"]!["completion_tokens"]! < 512 * 200);
        Assert.All(answer["choices"]!.AsArray(), c => Assert.Equal("length", (string)c!["finish_reason"]!));
        await server.DisposeAsync();
    }

    private static byte[] Post(TestServer server, string body)
    {
        byte[] content = Encoding.UTF8.GetBytes(body);
        string head =
            $"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{server.Server.Address.Port}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {content.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. content];
    }
}
