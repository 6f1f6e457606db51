using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Simper.Server.Protocol;

namespace Simper.Server.Hosting;

/// <summary>Server-sent events: each an object of JSON, sent at once; comments where there is nothing to say.</summary>
internal sealed class EventStream(HttpResponse response)
{
    private static readonly byte[] Before = "data: "u8.ToArray();
    private static readonly byte[] After = "\n\n"u8.ToArray();
    private static readonly byte[] Alive = ": keep-alive\n\n"u8.ToArray();
    private static readonly byte[] Done = "data: [DONE]\n\n"u8.ToArray();

    private readonly ArrayBufferWriter<byte> _event = new(1024);

    /// <summary>Sends the headers.</summary>
    public Task StartAsync(CancellationToken cancel)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx would hold events back
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return response.StartAsync(cancel);
    }

    /// <summary>Sends an event, and waits until the connection has taken it.</summary>
    public Task SendAsync(Action<Utf8JsonWriter> write, CancellationToken cancel)
    {
        _event.ResetWrittenCount();
        _event.Write(Before);
        using (var json = new Utf8JsonWriter(_event, Wire.Options))
            write(json);
        _event.Write(After);
        return response.Body.WriteAsync(_event.WrittenMemory, cancel).AsTask();
    }

    /// <summary>Sends an error, which ends the stream.</summary>
    public Task SendAsync(ApiException error, CancellationToken cancel) =>
        response.Body.WriteAsync((byte[])[.. Before, .. Errors.Json(error), .. After], cancel).AsTask();

    /// <summary>Says that the connection is alive.</summary>
    public Task SendAliveAsync(CancellationToken cancel) => response.Body.WriteAsync(Alive, cancel).AsTask();

    /// <summary>Ends the stream.</summary>
    public Task SendDoneAsync(CancellationToken cancel) => response.Body.WriteAsync(Done, cancel).AsTask();
}
