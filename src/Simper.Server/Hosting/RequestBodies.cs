using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Simper.Server.Protocol;

namespace Simper.Server.Hosting;

/// <summary>Reads bodies of requests: each bounded by the server, all together by a budget. Thread safe.</summary>
internal sealed class RequestBodies
{
    private const long Budget = 256L << 20; // bytes that are being read at once
    private const int Least = 64 << 10;

    private long _held;

    /// <summary>The body, as an object of JSON.</summary>
    /// <exception cref="ApiException">It is none, or too many are being read.</exception>
    public async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        long size = Math.Clamp(context.Request.ContentLength ?? RequestLimits.Body, Least, RequestLimits.Body);
        if (Interlocked.Add(ref _held, size) > Budget)
        {
            Interlocked.Add(ref _held, -size);
            throw new ApiException(429, "Too many large requests are being read; please try again.", code: "queue_full")
            {
                RetryAfter = 1,
            };
        }
        try
        {
            using var body = new MemoryStream((int)Math.Min(context.Request.ContentLength ?? 0, RequestLimits.Body));
            await ReadAsync(context.Request.Body, body, context.RequestAborted);
            return JsonBody.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
        }
        finally
        {
            Interlocked.Add(ref _held, -size);
        }
    }

    private static async Task ReadAsync(Stream from, MemoryStream to, CancellationToken cancel)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            bool isTooLarge = false;
            for (int read; (read = await from.ReadAsync(buffer, cancel)) > 0; )
            {
                isTooLarge = isTooLarge || to.Length + read > RequestLimits.Body;
                if (!isTooLarge)
                    to.Write(buffer, 0, read);
            }
            if (isTooLarge)
                throw TooLarge();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The error of a body beyond its bound.</summary>
    public static ApiException TooLarge() =>
        new(413, $"The body is larger than {RequestLimits.Body >> 20} MiB.", code: "request_too_large");
}
