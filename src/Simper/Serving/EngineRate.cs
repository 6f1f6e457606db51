namespace Simper.Serving;

/// <summary>How fast an engine writes, for estimates of when a place is free. Thread safe.</summary>
internal sealed class EngineRate
{
    private const double Memory = 0.95;

    private readonly Lock _gate = new();
    private double _tokens;
    private double _seconds;
    private int _leastLeft;

    /// <summary>Notes a step: what it wrote, how long it took, and who goes on.</summary>
    public void Add(int tokens, long milliseconds, IReadOnlyList<Sequence> running)
    {
        lock (_gate)
        {
            _tokens = _tokens * Memory + tokens;
            _seconds = _seconds * Memory + milliseconds / 1000.0;
            _leastLeft = running.Count == 0 ? 0 : running.Min(s => s.Room - s.Written);
        }
    }

    /// <summary>An estimate, of a second to a minute: when the first of those who write has all its tokens.</summary>
    public TimeSpan UntilOneEnds(int running)
    {
        lock (_gate)
        {
            double each = _seconds > 0 ? _tokens / _seconds / Math.Max(1, running) : 0;
            double seconds = each > 0 ? _leastLeft / each : 1;
            return TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(seconds), 1, 60));
        }
    }
}
