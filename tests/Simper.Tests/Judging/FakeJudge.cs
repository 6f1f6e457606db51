using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Simper.Tests.Judging;

/// <summary>A server with chat completions on the loopback address; what it answers is the test's.</summary>
internal sealed class FakeJudge : IDisposable
{
    private readonly HttpListener _listener;
    private readonly Func<JsonObject, int, (int Status, string Body, string? RetryAfter)> _answer;
    private int _count;

    /// <param name="answer">From a request's body and its number, from 1, to a response.</param>
    public FakeJudge(Func<JsonObject, int, (int Status, string Body, string? RetryAfter)> answer)
    {
        _answer = answer;
        (_listener, Port) = Listening();
        _ = Task.Run(ServeAsync);
    }

    // A listener of HTTP takes no "any port": another program may take the free one in between.
    private static (HttpListener Listener, int Port) Listening()
    {
        for (int attempt = 1; ; attempt++)
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            int port = ((IPEndPoint)free.LocalEndpoint).Port;
            free.Stop();
            var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return (listener, port);
            }
            catch (HttpListenerException) when (attempt < 20) { }
        }
    }

    public int Port { get; }

    public string BaseUrl => $"http://127.0.0.1:{Port}/v1";

    public ConcurrentQueue<JsonObject> Requests { get; } = new();

    public ConcurrentQueue<string?> Keys { get; } = new();

    /// <summary>A server that always answers with a text.</summary>
    public static FakeJudge Saying(Func<JsonObject, string> text) => new((request, _) => (200, Message(text(request)), null));

    public static string Message(string text) =>
        new JsonObject
        {
            ["choices"] = new JsonArray(
                new JsonObject
                {
                    ["index"] = 0,
                    ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
                }
            ),
        }.ToJsonString();

    /// <summary>A completion whose one token has log-probs.</summary>
    public static string LogProbs(double first, double second)
    {
        JsonObject Token(string text, double logProb) => new() { ["token"] = text, ["logprob"] = logProb };
        return new JsonObject
        {
            ["choices"] = new JsonArray(
                new JsonObject
                {
                    ["index"] = 0,
                    ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = first > second ? "m" : "M" },
                    ["logprobs"] = new JsonObject
                    {
                        ["content"] = new JsonArray(
                            new JsonObject { ["top_logprobs"] = new JsonArray(Token("m", first), Token("M", second)) }
                        ),
                    },
                }
            ),
        }.ToJsonString();
    }

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
            using var reader = new StreamReader(context.Request.InputStream);
            JsonObject request = JsonNode.Parse(await reader.ReadToEndAsync())!.AsObject();
            Requests.Enqueue(request);
            Keys.Enqueue(context.Request.Headers["Authorization"]);
            (int status, string body, string? retryAfter) =
                context.Request.Url!.AbsolutePath == "/v1/chat/completions"
                    ? _answer(request, Interlocked.Increment(ref _count))
                    : (404, "{}", null);
            context.Response.StatusCode = status;
            if (retryAfter is not null)
                context.Response.Headers["Retry-After"] = retryAfter;
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(body);
            await context.Response.OutputStream.WriteAsync(bytes);
            context.Response.Close();
        }
    }
}
