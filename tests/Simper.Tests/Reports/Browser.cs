using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Simper.Tests.Reports;

/// <summary>
/// A headless Chromium, spoken to in its DevTools protocol: opens a page, asks it things, and remembers what it complained of and
/// whatever it requested. A few messages do; a browser driver would add three quarters of a gigabyte to every restore.
/// </summary>
internal sealed class Browser : IDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly string _profile = Directory.CreateTempSubdirectory("simper-browser-").FullName;
    private readonly ClientWebSocket _socket = new();
    private readonly Process _process;
    private readonly List<JsonObject> _events = [];
    private string? _session;
    private int _id;

    private Browser(string program)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (
            string argument in (string[])
                [
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--remote-debugging-port=0",
                    $"--user-data-dir={_profile}",
                    "about:blank",
                ]
        )
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
    }

    /// <summary>Lines of the console that are errors or warnings, and exceptions.</summary>
    public IEnumerable<string> Complaints =>
        _events
            .Where(e => (string?)e["method"] is "Log.entryAdded" or "Runtime.exceptionThrown" or "Runtime.consoleAPICalled")
            .Select(e => e["params"]!.ToJsonString());

    /// <summary>All addresses that were asked for, those of data in the page itself left out.</summary>
    public IEnumerable<string> Requests =>
        _events
            .Where(e => (string?)e["method"] == "Network.requestWillBeSent")
            .Select(e => (string)e["params"]!["request"]!["url"]!)
            .Where(url => !url.StartsWith("data:", StringComparison.Ordinal));

    /// <summary>Starts one; skips the test where none is installed.</summary>
    public static async Task<Browser> Start(CancellationToken cancel)
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "needs Chromium or Chrome on the PATH");
        var browser = new Browser(program!);
        const string listening = "DevTools listening on ";
        while (await browser._process.StandardError.ReadLineAsync(cancel) is { } line)
        {
            if (!line.StartsWith(listening, StringComparison.Ordinal))
                continue;
            _ = browser._process.StandardError.ReadToEndAsync(cancel); // a full pipe would stop it
            await browser._socket.ConnectAsync(new Uri(line[listening.Length..]), cancel);
            JsonNode target = await browser.Call("Target.createTarget", new JsonObject { ["url"] = "about:blank" }, cancel);
            browser._session = (string)
                (
                    await browser.Call(
                        "Target.attachToTarget",
                        new JsonObject { ["targetId"] = (string)target["targetId"]!, ["flatten"] = true },
                        cancel
                    )
                )["sessionId"]!;
            foreach (string domain in (string[])["Page", "Runtime", "Log", "Network"])
                await browser.Call(domain + ".enable", [], cancel);
            return browser;
        }
        browser.Dispose();
        throw new InvalidOperationException("The browser ended before it could be spoken to.");
    }

    /// <summary>Opens a file and waits until it is loaded.</summary>
    /// <param name="file">The page.</param>
    /// <param name="scheme">"light" or "dark".</param>
    /// <param name="medium">"screen" or "print".</param>
    /// <param name="width">Of the window, in pixels.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task Open(string file, string scheme, string medium, int width, CancellationToken cancel)
    {
        _events.Clear();
        await Call(
            "Emulation.setEmulatedMedia",
            new JsonObject
            {
                ["media"] = medium,
                ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }),
            },
            cancel
        );
        await Call(
            "Emulation.setDeviceMetricsOverride",
            new JsonObject
            {
                ["width"] = width,
                ["height"] = 900,
                ["deviceScaleFactor"] = 1,
                ["mobile"] = false,
            },
            cancel
        );
        await Call("Page.navigate", new JsonObject { ["url"] = new Uri(file).AbsoluteUri }, cancel);
        while (!_events.Any(e => (string?)e["method"] == "Page.loadEventFired"))
            _events.Add(await Receive(cancel));
    }

    /// <summary>The value of a JavaScript expression, promises awaited.</summary>
    public async Task<JsonNode?> Ask(string expression, CancellationToken cancel)
    {
        JsonNode answer = await Call(
            "Runtime.evaluate",
            new JsonObject
            {
                ["expression"] = expression,
                ["returnByValue"] = true,
                ["awaitPromise"] = true,
            },
            cancel
        );
        Assert.Null(answer["exceptionDetails"]?.ToJsonString());
        return answer["result"]!["value"];
    }

    public void Dispose()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_profile, recursive: true);
    }

    private async Task<JsonNode> Call(string method, JsonObject parameters, CancellationToken cancel)
    {
        var message = new JsonObject
        {
            ["id"] = ++_id,
            ["method"] = method,
            ["params"] = parameters,
        };
        if (_session is not null)
            message["sessionId"] = _session;
        await _socket.SendAsync(
            System.Text.Encoding.UTF8.GetBytes(message.ToJsonString()),
            WebSocketMessageType.Text,
            endOfMessage: true,
            cancel
        );
        while (true)
        {
            JsonObject received = await Receive(cancel);
            if ((int?)received["id"] == _id)
                return received["result"] ?? throw new InvalidOperationException($"{method}: {received.ToJsonString()}");
            _events.Add(received);
        }
    }

    private async Task<JsonObject> Receive(CancellationToken cancel)
    {
        using var text = new MemoryStream();
        var buffer = new byte[1 << 16];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, cancel);
            text.Write(buffer, 0, part.Count);
        } while (!part.EndOfMessage);
        return JsonNode.Parse(text.ToArray())!.AsObject();
    }
}
