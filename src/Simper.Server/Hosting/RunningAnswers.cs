using System.Collections.Concurrent;
using Simper.Server.Answers;

namespace Simper.Server.Hosting;

/// <summary>The answers that are being made, so that they can be ended together. Thread safe.</summary>
internal sealed class RunningAnswers
{
    private readonly ConcurrentDictionary<AnswerRun, bool> _runs = new();
    private volatile bool _isStopped;

    /// <summary>Adds the answers of a request until what is returned is disposed.</summary>
    public IDisposable Add(AnswerRun run)
    {
        _runs[run] = true;
        if (_isStopped)
            run.Stop();
        return new Entry(this, run);
    }

    /// <summary>Ends all where they are; clients receive what there is.</summary>
    public void Stop()
    {
        _isStopped = true;
        foreach (AnswerRun run in _runs.Keys)
            run.Stop();
    }

    private sealed class Entry(RunningAnswers all, AnswerRun run) : IDisposable
    {
        public void Dispose() => all._runs.TryRemove(run, out _);
    }
}
