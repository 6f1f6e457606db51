using System.Text;
using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Tests.Hub;

/// <summary>
/// Answers as huggingface_hub's recorded server did, exchange by exchange. A request that was not recorded is answered with 404
/// and kept, so that a test can see it.
/// </summary>
internal sealed class RecordedHub : IDisposable
{
    private readonly List<JsonObject> _exchanges;
    private readonly Dictionary<string, byte[]> _contents;
    private readonly HashSet<JsonObject> _used = [];
    private readonly HttpStub _hub;
    private readonly HttpStub _store;

    public RecordedHub(string group, params string[] scenarios)
    {
        _exchanges =
        [
            .. File.ReadLines(SharedFiles.Path("golden", "hub", group + ".jsonl"))
                .Select(l => JsonNode.Parse(l)!.AsObject())
                .Where(e => scenarios.Contains((string)e["scenario"]!)),
        ];
        Assert.NotEmpty(_exchanges);
        _contents = JsonNode
            .Parse(File.ReadAllText(SharedFiles.Path("golden", "hub", "cache.json")))!
            .AsArray()
            .Where(f => f!["base64"] is not null)
            .Select(f => Convert.FromBase64String((string)f!["base64"]!))
            .DistinctBy(HubStub.Sha256)
            .ToDictionary(HubStub.Sha256);
        _hub = new HttpStub(r => Answer("HUB", r));
        _store = new HttpStub(r => Answer("CDN", r));
    }

    public string Address => _hub.Address;

    public IReadOnlyList<StubRequest> Requests => _hub.Requests;

    public IReadOnlyList<StubRequest> StoreRequests => _store.Requests;

    /// <summary>Requests that nobody recorded.</summary>
    public List<string> Unknown { get; } = [];

    /// <summary>Recorded exchanges that nobody asked for.</summary>
    public IEnumerable<string> Unasked =>
        _exchanges.Where(e => !_used.Contains(e)).Select(e => $"{e["host"]} {e["method"]} {e["path"]}");

    /// <summary>The recorded request behind one of ours, as JSON.</summary>
    public JsonNode Recorded(string method, string path) =>
        _exchanges.First(e => (string)e["method"]! == method && ((string)e["path"]!).StartsWith(path, StringComparison.Ordinal))[
            "request"
        ]!;

    public void Dispose()
    {
        _hub.Dispose();
        _store.Dispose();
    }

    private StubAnswer Answer(string host, StubRequest request)
    {
        lock (_used)
        {
            JsonObject[] fitting =
            [
                .. _exchanges.Where(e =>
                    (string)e["host"]! == host && (string)e["method"]! == request.Method && (string)e["path"]! == request.Target
                ),
            ];
            JsonObject? exchange = fitting.FirstOrDefault(e => !_used.Contains(e)) ?? fitting.LastOrDefault();
            if (exchange is null)
            {
                Unknown.Add($"{host} {request.Method} {request.Target}");
                return request.Target == "/api/repos/create"
                    ? StubAnswer.Text(409, """{"error": "You already created this model repo"}""")
                    : new StubAnswer(404);
            }
            _used.Add(exchange);
            bool hadToken = exchange["headers"]!["authorization"] is not null;
            if (hadToken != request.Header("authorization") is not null)
                Unknown.Add($"{host} {request.Method} {request.Target} {(hadToken ? "without" : "with")} a token");
            return Of(exchange, request);
        }
    }

    private StubAnswer Of(JsonObject exchange, StubRequest request)
    {
        (string, string)[] headers =
        [
            .. exchange["response_headers"]!
                .AsObject()
                .Where(h => request.Method == "HEAD" || h.Key != "Content-Length")
                .Select(h => (h.Key, Here((string)h.Value!))),
        ];
        byte[] body = exchange["response"] switch
        {
            null => [],
            JsonValue text => Encoding.UTF8.GetBytes(Here((string)text!)),
            JsonObject large when large["sha256"] is { } sha => _contents[(string)sha!],
            var json => Encoding.UTF8.GetBytes(Here(json.ToJsonString())),
        };
        return new StubAnswer((int)exchange["status"]!, body, headers);
    }

    private string Here(string text) =>
        text.Replace("http://HUB", _hub.Address, StringComparison.Ordinal)
            .Replace("http://CDN", _store.Address, StringComparison.Ordinal);
}
