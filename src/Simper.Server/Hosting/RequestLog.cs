using Microsoft.AspNetCore.Http;

namespace Simper.Server.Hosting;

/// <summary>What becomes known of a request while it is answered, for metrics.</summary>
internal sealed class RequestLog
{
    private static readonly object Key = new();

    /// <summary>The model that answers; null until it is known.</summary>
    public string? Model { get; set; }

    /// <summary>That of a request.</summary>
    public static RequestLog Of(HttpContext context)
    {
        if (context.Items.TryGetValue(Key, out object? found))
            return (RequestLog)found!;
        var log = new RequestLog();
        context.Items[Key] = log;
        return log;
    }
}
