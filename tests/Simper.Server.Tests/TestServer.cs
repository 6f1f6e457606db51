using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Server.Hosting;
using Simper.Server.Tests;
using Simper.Serving;
using Simper.Testing;

[assembly: AssemblyFixture(typeof(DemoServer))]

namespace Simper.Server.Tests;

/// <summary>A server in this process, on a free port, and a client of it.</summary>
public class TestServer : IAsyncDisposable
{
    private readonly ManualResetEventSlim _mayGo;

    private TestServer(SimperServer server, ManualResetEventSlim mayGo, TimeSpan timeout)
    {
        (Server, _mayGo) = (server, mayGo);
        Client = new HttpClient { BaseAddress = server.Address, Timeout = timeout };
    }

    public SimperServer Server { get; }

    public HttpClient Client { get; }

    /// <summary>The demo's model, which is part of the repository.</summary>
    public static string DemoModel => Path.Combine(SharedFiles.Repository, "assets", "demo", "model");

    /// <summary>Starts a server with the demo's model, or others, under the given names.</summary>
    public static Task<TestServer> StartAsync(
        ServerSettings? settings = null,
        EngineSettings? engine = null,
        string? model = null,
        params string[] names
    ) => StartAsync(settings, engine, Load(model, names), isHeld: false);

    /// <summary>Starts a server with models, which it owns.</summary>
    public static Task<TestServer> StartAsync(IReadOnlyList<ServedModel> models) => StartAsync(null, null, models, isHeld: false);

    /// <summary>Starts one whose engine computes nothing until it is let go: what happens meanwhile is the test's.</summary>
    public static Task<TestServer> StartHeldAsync(ServerSettings? settings = null, EngineSettings? engine = null) =>
        StartAsync(settings, engine, Load(null, []), isHeld: true);

    /// <summary>Lets the engine compute.</summary>
    public void LetGo() => _mayGo.Set();

    private static ServedModel[] Load(string? model, string[] names) =>
        [.. (names.Length > 0 ? names : ["demo"]).Select(n => ServedModel.Load(n, model ?? DemoModel))];

    private static async Task<TestServer> StartAsync(
        ServerSettings? settings,
        EngineSettings? engine,
        IReadOnlyList<ServedModel> models,
        bool isHeld
    )
    {
        settings = (settings ?? new ServerSettings()) with { Port = 0, Log = Console.Error.WriteLine };
        var mayGo = new ManualResetEventSlim(!isHeld);
        engine = (engine ?? new EngineSettings()) with { BeforeStep = mayGo.Wait };
        return new TestServer(await SimperServer.StartAsync(settings, models, engine), mayGo, TimeSpan.FromMinutes(10));
    }

    /// <summary>Posts JSON; the status and the answer, which has to be JSON.</summary>
    public async Task<(int Status, JsonNode Json)> PostAsync(string path, string body, CancellationToken cancel = default)
    {
        using HttpResponseMessage response = await SendAsync(path, body, cancel);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(cancel))!);
    }

    /// <summary>The same, where it has to succeed.</summary>
    public async Task<JsonNode> AnswerAsync(string path, string body, CancellationToken cancel = default)
    {
        (int status, JsonNode json) = await PostAsync(path, body, cancel);
        Assert.True(status == 200, $"{status}: {json.ToJsonString()}");
        return json;
    }

    /// <summary>Posts JSON; headers as soon as they are there.</summary>
    public Task<HttpResponseMessage> SendAsync(string path, string body, CancellationToken cancel = default)
    {
        var content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        return Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
    }

    /// <summary>Posts JSON; the events of the stream that is answered, [DONE] as the last.</summary>
    public async Task<List<string>> StreamAsync(string path, string body, CancellationToken cancel = default)
    {
        using HttpResponseMessage response = await SendAsync(path, body, cancel);
        string text = await response.Content.ReadAsStringAsync(cancel);
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.ToString());
        return Events(text);
    }

    /// <summary>The data of events; every one has to end in an empty line.</summary>
    public static List<string> Events(string text)
    {
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return
        [
            .. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Where(e => !e.StartsWith(':'))
                .Select(e =>
                    e.StartsWith("data: ", StringComparison.Ordinal) ? e["data: ".Length..] : throw new FormatException(e)
                ),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        LetGo();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>A server with the demo's model, for all tests that leave it as it is.</summary>
public sealed class DemoServer : IAsyncLifetime
{
    public TestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        Server = await TestServer.StartAsync(null, new EngineSettings { QueueLimit = 4096 }, null, "demo", "org/m");

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
