using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Simper.Testing;

/// <summary>A request as it came, header names in lower case.</summary>
internal sealed record StubRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>An answer: its status, headers and body; to HEAD the body is left out.</summary>
internal sealed record StubAnswer(int Status, byte[]? Body = null, params (string Name, string Value)[] Headers)
{
    /// <summary>After how many bytes of the body the connection is cut; null for none.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Whether the connection is cut without an answer.</summary>
    public bool IsDropped { get; init; }

    public static StubAnswer Text(int status, string text, params (string Name, string Value)[] headers) =>
        new(status, Encoding.UTF8.GetBytes(text), headers);
}

/// <summary>
/// A server on this machine whose answers a function gives: on sockets, so that it can break off where real ones do. One
/// request a connection.
/// </summary>
internal sealed class HttpStub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<StubRequest, StubAnswer> _answer;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentQueue<StubRequest> _requests = new();

    public HttpStub(Func<StubRequest, StubAnswer> answer)
    {
        _answer = answer;
        _listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _ = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>All requests so far, in the order in which they came.</summary>
    public IReadOnlyList<StubRequest> Requests => [.. _requests];

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // it was stopped
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using var stream = new NetworkStream(socket, ownsSocket: true);
            if (await ReadAsync(stream) is not { } request)
                return;
            _requests.Enqueue(request);
            await WriteAsync(stream, request, _answer(request));
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // the client went away
        }
    }

    private async Task<StubRequest?> ReadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!(head.Count >= 4 && head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (await stream.ReadAsync(one, _end.Token) == 0)
                return null;
            head.Add(one[0]);
        }
        string[] lines = Encoding.Latin1.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        Dictionary<string, string> headers = lines
            .Skip(1)
            .Select(l => l.Split(':', 2))
            .ToDictionary(p => p[0].ToLowerInvariant(), p => p[1].Trim(), StringComparer.Ordinal);
        var body = new byte[int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _end.Token);
        return new StubRequest(first[0], first[1], headers, body);
    }

    private async Task WriteAsync(NetworkStream stream, StubRequest request, StubAnswer answer)
    {
        if (answer.IsDropped)
            return;
        byte[] body = answer.Body ?? [];
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Answer\r\nConnection: close\r\n");
        foreach ((string name, string value) in answer.Headers)
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (!answer.Headers.Any(h => h.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        head.Append("\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head.ToString()), _end.Token);
        if (request.Method != "HEAD")
            await stream.WriteAsync(body.AsMemory(0, Math.Min(body.Length, answer.CutAfter ?? body.Length)), _end.Token);
    }
}
