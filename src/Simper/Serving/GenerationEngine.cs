using Simper.Kernels;
using Simper.Models;
using TorchSharp;

namespace Simper.Serving;

/// <summary>
/// Answers many requests at once with one model (continuous batching): requests join and leave between two tokens, and share
/// what is equal in their prompts. One thread of its own owns the model; <see cref="Submit"/> may be called from any. On the CPU
/// a request's results are the same bits whatever else is computed.
/// </summary>
public sealed class GenerationEngine : IAsyncDisposable
{
    // Engines take turns, step by step: a step uses all cores.
    private static readonly Lock OneStep = new();

    private readonly Lock _gate = new();
    private readonly List<Sequence> _arrived = [];
    private readonly SemaphoreSlim _work = new(0);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _pages;
    private readonly EngineRate _rate = new();
    private EngineCounters _counters;
    private long _lastNumber;
    private int _open;
    private volatile bool _isStopping;
    private volatile bool _gaveUp;

    /// <summary>Starts the engine.</summary>
    /// <param name="model">The model; it must outlive the engine, which needs exclusive use of it.</param>
    /// <param name="settings">Limits.</param>
    /// <exception cref="SimperException">The cache would not hold a single page.</exception>
    public GenerationEngine(ServedModel model, EngineSettings? settings = null)
    {
        (Model, Settings) = (model, settings ?? new EngineSettings());
        Settings.Validate();
        Decoder decoder = model.Model.Decoder;
        _pages = PageMemory.PagesIn(Settings.CacheBytes, decoder.Shape, decoder.Kernels);
        if (_pages < 2)
            throw new SimperException(
                $"Serving {model.Name}: {Settings.CacheBytes} bytes of cache hold {_pages} pages of "
                    + $"{PageMemory.BytesOf(decoder.Shape, decoder.Kernels)} bytes; give it two at least."
            );
        _counters = new EngineCounters { Pages = _pages, PageTokens = PageMemory.PageTokens };
        new Thread(Work) { IsBackground = true, Name = $"engine of {model.Name}" }.Start();
    }

    /// <summary>The model.</summary>
    public ServedModel Model { get; }

    /// <summary>The limits.</summary>
    public EngineSettings Settings { get; }

    /// <summary>The longest sequence, prompt and answer together: what model, settings and cache have room for.</summary>
    public int MaxLength
    {
        get
        {
            int wanted = Settings.MaxTokens > 0 ? Math.Min(Settings.MaxTokens, Model.MaxLength) : Model.MaxLength;
            return (int)Math.Min(wanted, (long)_pages * PageMemory.PageTokens);
        }
    }

    /// <summary>The memory that it needs at most.</summary>
    public EngineMemory Memory => EngineMemory.Of(Model.Model, Settings, _pages);

    /// <summary>What it does and has done.</summary>
    public EngineCounters Counters
    {
        get
        {
            lock (_gate)
                return _counters with { Queued = Math.Max(0, _open - _counters.Running) };
        }
    }

    // Tensors that the engine's thread made and did not let go of.
    internal long LiveTensors { get; private set; }

    /// <summary>Asks for answers.</summary>
    /// <param name="request">The prompt, and how to continue it.</param>
    /// <param name="cancel">Ends it before its next token, wherever it is.</param>
    /// <exception cref="SimperException">The request could never be answered; the message says why.</exception>
    /// <exception cref="EngineFullException">Too many wait already.</exception>
    /// <exception cref="EngineStoppedException">The engine is shutting down.</exception>
    public GenerationTicket Submit(GenerationRequest request, CancellationToken cancel = default)
    {
        RequestCheck.Expect(request, Model.Vocabulary, MaxLength);
        int most = Settings.MaxSequences + Settings.QueueLimit;
        if (request.Samples > most)
            throw new SimperException($"{request.Samples} samples were asked for; at most {most} wait at once here.");
        var ticket = new GenerationTicket(request);
        Sequence[] sequences =
        [
            .. ticket.Samples.Select(s => new Sequence(ticket, s, cancel, Model, MaxLength)
            {
                Number = Interlocked.Increment(ref _lastNumber),
            }),
        ];
        lock (_gate)
        {
            if (_isStopping)
                throw new EngineStoppedException();
            if (_open + sequences.Length > most)
                throw new EngineFullException(_open - _counters.Running, _rate.UntilOneEnds(_counters.Running));
            _open += sequences.Length;
            _arrived.AddRange(sequences);
            _counters = _counters with
            {
                Submitted = _counters.Submitted + sequences.Length,
                PromptTokens = _counters.PromptTokens + (long)request.Prompt.Count * sequences.Length,
            };
        }
        _work.Release();
        return ticket;
    }

    /// <summary>Takes nothing new, and finishes what was submitted, within a time; the rest ends with an exception.</summary>
    public async Task StopAsync(TimeSpan within)
    {
        lock (_gate)
            _isStopping = true;
        _work.Release();
        await Task.WhenAny(_ended.Task, Task.Delay(within)).ConfigureAwait(false);
        _gaveUp = true;
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

    private void Work()
    {
        var pool = new PagePool(_pages);
        var schedule = new Schedule(pool, Settings);
        Decoder decoder = Model.Model.Decoder;
        PageMemory? memory = null;
        try
        {
            while (true)
            {
                Settings.BeforeStep?.Invoke();
                Receive(schedule);
                LetGo(schedule);
                if (schedule.Running.Count + schedule.Waiting.Count == 0)
                {
                    Note(schedule, pool, 0, 0);
                    if (_isStopping)
                        break;
                    _work.Wait();
                    continue;
                }
                lock (OneStep)
                {
                    decoder.Kernels.IsBatchInvariant = true;
                    memory ??= new PageMemory(decoder.Shape, decoder.Kernels, _pages);
                    Step(schedule, pool, new EngineStep(decoder, memory));
                }
            }
        }
        catch (Exception e)
        {
            // Not a step that failed, but what keeps them going, such as memory for the cache.
            Fail(schedule, new EngineStoppedException(e));
        }
        finally
        {
            memory?.Dispose();
            lock (OneStep)
                decoder.Kernels.IsBatchInvariant = false;
            _ended.SetResult();
        }
    }

    private void Fail(Schedule schedule, EngineStoppedException reason)
    {
        lock (_gate)
            _isStopping = true;
        Receive(schedule);
        foreach (Sequence sequence in (Sequence[])[.. schedule.Running, .. schedule.Waiting])
        {
            sequence.End(reason);
            Close(schedule, sequence, isCancelled: true);
        }
    }

    private void Receive(Schedule schedule)
    {
        lock (_gate)
        {
            foreach (Sequence sequence in _arrived)
                schedule.Add(sequence);
            _arrived.Clear();
        }
    }

    // Before a step: who was cancelled, or stopped, has its pages taken.
    private void LetGo(Schedule schedule)
    {
        foreach (Sequence sequence in (Sequence[])[.. schedule.Running, .. schedule.Waiting])
        {
            if (_gaveUp)
                sequence.End(new EngineStoppedException());
            else if (sequence.IsCancelled)
                sequence.End(new OperationCanceledException(sequence.Cancel));
            else if (sequence.Sample.IsStopped)
                sequence.End();
            else
                continue;
            Close(schedule, sequence, isCancelled: true);
        }
    }

    private void Step(Schedule schedule, PagePool pool, EngineStep step)
    {
        List<(Sequence Sequence, int Tokens)> parts = schedule.Next();
        int before = parts.Sum(p => p.Sequence.Written);
        long started = Environment.TickCount64;
        try
        {
            step.Run(parts, schedule.Advance);
        }
        catch (Exception e)
        {
            foreach ((Sequence sequence, _) in parts.Where(p => !p.Sequence.IsFinished))
                sequence.End(new EngineStoppedException(e));
        }
        int written = parts.Sum(p => p.Sequence.Written) - before;
        _rate.Add(written, Environment.TickCount64 - started, schedule.Running);
        Note(schedule, pool, written, 1);
        foreach ((Sequence sequence, _) in parts.Where(p => p.Sequence.IsFinished))
            Close(schedule, sequence, isCancelled: false);
    }

    private void Close(Schedule schedule, Sequence sequence, bool isCancelled)
    {
        schedule.Remove(sequence);
        lock (_gate)
        {
            _open--;
            _counters = _counters with
            {
                Cancelled = _counters.Cancelled + (isCancelled ? 1 : 0),
                Finished = _counters.Finished + (isCancelled ? 0 : 1),
            };
        }
    }

    private void Note(Schedule schedule, PagePool pool, int written, int steps)
    {
        long live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        lock (_gate)
        {
            LiveTensors = live;
            _counters = _counters with
            {
                Running = schedule.Running.Count,
                PagesUsed = pool.Pages - pool.Available,
                PagesKept = pool.Kept,
                Preempted = schedule.Preempted,
                CachedTokens = schedule.CachedTokens,
                GeneratedTokens = _counters.GeneratedTokens + written,
                Steps = _counters.Steps + steps,
            };
        }
    }
}
