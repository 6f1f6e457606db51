using Simper.Serving;

namespace Simper.Tests.Serving;

/// <summary>
/// An engine that a test holds still between two steps, so that what it does meanwhile happens there, however busy the machine
/// is. Held from the start, or once so many tokens were written, until it is let go.
/// </summary>
internal sealed class HeldEngine : IAsyncDisposable
{
    private readonly object _gate = new(); // a condition is waited for, which a Lock has not
    private readonly long _afterTokens;
    private readonly GenerationEngine? _engine; // null while it is made
    private bool _mayGo;
    private bool _isHeld;

    public HeldEngine(ServedModel model, EngineSettings settings, long afterTokens = 0)
    {
        _afterTokens = afterTokens;
        _engine = new GenerationEngine(model, settings with { BeforeStep = Wait });
    }

    public GenerationEngine Engine => _engine!;

    public void LetGo()
    {
        lock (_gate)
        {
            _mayGo = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until the engine stands still again; what is submitted then is received at once.</summary>
    public void HoldAgain()
    {
        lock (_gate)
            _mayGo = false;
        // An engine without work waits elsewhere: this brings it here, and is gone before the step.
        Engine.Submit(new GenerationRequest { Prompt = [1] }, new CancellationToken(canceled: true));
        lock (_gate)
        {
            while (!_isHeld)
                Monitor.Wait(_gate);
        }
    }

    public async ValueTask DisposeAsync()
    {
        LetGo();
        await Engine.DisposeAsync();
    }

    private void Wait()
    {
        if (_afterTokens > 0 && !(_engine?.Counters.GeneratedTokens >= _afterTokens))
            return;
        lock (_gate)
        {
            _isHeld = true;
            Monitor.PulseAll(_gate);
            while (!_mayGo)
                Monitor.Wait(_gate);
            _isHeld = false;
        }
    }
}
