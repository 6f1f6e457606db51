namespace Simper.Serving;

/// <summary>As many requests wait as may; come again later.</summary>
/// <param name="waiting">Sequences that wait.</param>
/// <param name="retryAfter">When a place should be free, estimated from what is left to do.</param>
public sealed class EngineFullException(int waiting, TimeSpan retryAfter)
    : SimperException($"{waiting} requests wait already; try again in {Math.Ceiling(retryAfter.TotalSeconds)} s.")
{
    /// <summary>When a place should be free, at least a second.</summary>
    public TimeSpan RetryAfter => retryAfter;
}
