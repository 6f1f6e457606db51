using System.Diagnostics;

namespace Simper.Server.Hosting;

/// <summary>Measures a stream: how long until its first token, and between the others.</summary>
/// <param name="metrics">Where to.</param>
/// <param name="model">The model's name.</param>
/// <param name="began">When the request came (<see cref="Stopwatch.GetTimestamp"/>).</param>
internal sealed class TokenTimes(ServerMetrics metrics, string model, long began)
{
    private int _count;
    private long _first;
    private long _last;

    /// <summary>A piece of an answer came.</summary>
    public void Token()
    {
        _last = Stopwatch.GetTimestamp();
        if (_count++ > 0)
            return;
        _first = _last;
        metrics.FirstToken(model, Stopwatch.GetElapsedTime(began, _first));
    }

    /// <summary>The stream ended.</summary>
    public void End() => metrics.NextTokens(model, _count - 1, Stopwatch.GetElapsedTime(_first, _last));
}
