using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Simper.Server.Protocol;

namespace Simper.Server.Hosting;

/// <summary>What every request passes: the guards before it is looked at, errors as JSON, metrics at its end.</summary>
internal sealed class Pipeline(ServerParts server)
{
    private readonly Guards _guards = new(server.Settings);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        long began = Stopwatch.GetTimestamp();
        try
        {
            if (_guards.Answers(context))
                return;
            await next(context);
            ExpectFound(context);
        }
        catch (Exception e)
        {
            if (server.Errors.Of(e, context.RequestAborted) is { } error)
                await Errors.WriteAsync(context, error);
            else
                context.Abort();
        }
        finally
        {
            string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "other";
            server.Metrics.Answered(
                route,
                RequestLog.Of(context).Model,
                context.Response.StatusCode,
                Stopwatch.GetElapsedTime(began)
            );
        }
    }

    // Routing says so with a status alone.
    private static void ExpectFound(HttpContext context)
    {
        if (context.Response.HasStarted)
            return;
        string asked = $"{context.Request.Method} {context.Request.Path}";
        switch (context.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                throw new ApiException(404, $"Invalid URL ({asked}).", code: "unknown_url");
            case StatusCodes.Status405MethodNotAllowed:
                throw new ApiException(
                    405,
                    $"Not allowed to {asked}. Allowed: {context.Response.Headers.Allow}.",
                    code: "method_not_supported"
                );
        }
    }
}
