using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Simper.Server.Answers;
using Simper.Server.Protocol;
using Simper.Serving;

namespace Simper.Server.Hosting;

/// <summary>Turns exceptions into the errors that clients read; never a stack trace, a path or a key.</summary>
internal sealed class Errors(Action<string> log)
{
    /// <summary>The error of an exception; null where the client is gone and nobody is told.</summary>
    public ApiException? Of(Exception exception, CancellationToken aborted) =>
        exception switch
        {
            ApiException error => error,
            BadHttpRequestException { StatusCode: 413 } => RequestBodies.TooLarge(),
            BadHttpRequestException bad when bad.StatusCode is >= 400 and < 500 => new ApiException(bad.StatusCode, bad.Message),
            EngineStoppedException stopped => Stopped(stopped),
            SimperException mistake => new ApiException(400, mistake.Message),
            _ when aborted.IsCancellationRequested => null,
            IOException => null, // the connection
            _ => Fault(exception),
        };

    /// <summary>Answers with an error, unless the answer has begun.</summary>
    public static async Task WriteAsync(HttpContext context, ApiException error)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = error.Status;
        context.Response.ContentType = "application/json";
        if (error.RetryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (error.Status == 401)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        await context.Response.Body.WriteAsync(Json(error), context.RequestAborted);
    }

    /// <summary>The object that clients read.</summary>
    public static byte[] Json(ApiException error)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Wire.Options))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("message", error.Message);
            json.WriteString("type", error.Type);
            json.WriteString("param", error.Param);
            json.WriteString("code", error.Code);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private ApiException Stopped(EngineStoppedException stopped)
    {
        if (stopped.InnerException is { } reason)
            log($"The model failed while computing: {reason}");
        return AnswerRun.Stopped(stopped);
    }

    private ApiException Fault(Exception exception)
    {
        log($"A request failed: {exception}");
        return new ApiException(500, "The server failed to answer; its log says why.");
    }
}
