using Simper.Generation;
using Simper.Kernels;
using Simper.Models;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Serving;

/// <summary>
/// Answers requests with one model. One thread of its own owns the model; <see cref="Submit"/> may be called from any. A
/// request's results do not depend on what else is computed.
/// </summary>
public sealed class GenerationEngine : IAsyncDisposable
{
    private readonly ServedModel _model;
    private readonly EngineSettings _settings;
    private readonly Lock _gate = new();
    private readonly Queue<(GenerationTicket Ticket, CancellationToken Cancel)> _waiting = [];
    private readonly SemaphoreSlim _work = new(0);
    private readonly Thread _worker;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EngineCounters _counters = new();
    private volatile bool _isStopping;
    private volatile bool _gaveUp;

    /// <summary>Starts the engine.</summary>
    /// <param name="model">The model; it must outlive the engine, which needs exclusive use of it.</param>
    /// <param name="settings">Limits.</param>
    public GenerationEngine(ServedModel model, EngineSettings? settings = null)
    {
        (_model, _settings) = (model, settings ?? new EngineSettings());
        _settings.Validate();
        _worker = new Thread(Work) { IsBackground = true, Name = $"engine of {model.Name}" };
        _worker.Start();
    }

    /// <summary>The model.</summary>
    public ServedModel Model => _model;

    /// <summary>The limits.</summary>
    public EngineSettings Settings => _settings;

    /// <summary>The longest sequence that it takes, prompt and answer together.</summary>
    public int MaxLength => _settings.MaxTokens > 0 ? Math.Min(_settings.MaxTokens, _model.MaxLength) : _model.MaxLength;

    /// <summary>What it does and has done.</summary>
    public EngineCounters Counters
    {
        get
        {
            lock (_gate)
                return _counters with { Queued = _waiting.Sum(w => w.Ticket.Samples.Count) };
        }
    }

    /// <summary>Asks for answers.</summary>
    /// <param name="request">The prompt, and how to continue it.</param>
    /// <param name="cancel">Ends it before its next token, wherever it is.</param>
    /// <exception cref="SimperException">The request could never be answered; the message says why.</exception>
    /// <exception cref="EngineFullException">Too many wait already.</exception>
    /// <exception cref="EngineStoppedException">The engine is shutting down.</exception>
    public GenerationTicket Submit(GenerationRequest request, CancellationToken cancel = default)
    {
        RequestCheck.Expect(request, _model.Vocabulary, MaxLength);
        var ticket = new GenerationTicket(request);
        lock (_gate)
        {
            if (_isStopping)
                throw new EngineStoppedException();
            if (_waiting.Count >= Math.Max(1, _settings.QueueLimit))
                throw new EngineFullException(_waiting.Count, TimeSpan.FromSeconds(1));
            _waiting.Enqueue((ticket, cancel));
            _counters = _counters with
            {
                Submitted = _counters.Submitted + request.Samples,
                PromptTokens = _counters.PromptTokens + request.Prompt.Count,
            };
        }
        _work.Release();
        return ticket;
    }

    /// <summary>Takes nothing new, and finishes what was submitted, within a time; what is left then ends with an exception.</summary>
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
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        _work.Dispose();
    }

    private void Work()
    {
        while (true)
        {
            (GenerationTicket Ticket, CancellationToken Cancel) next;
            lock (_gate)
            {
                if (_waiting.Count == 0 && _isStopping)
                    break;
                _waiting.TryDequeue(out next);
            }
            if (next.Ticket is null)
                _work.Wait();
            else
                Answer(next.Ticket, next.Cancel);
        }
        _ended.SetResult();
    }

    private void Answer(GenerationTicket ticket, CancellationToken cancel)
    {
        try
        {
            if (ticket.Request.ScoresPrompt)
                ticket.Give(ScorePrompt(ticket.Request));
            foreach (GenerationSample sample in ticket.Samples)
            {
                Write(ticket.Request, sample, cancel);
                sample.End();
            }
        }
        catch (Exception e)
        {
            Exception told = e is SimperException or OperationCanceledException ? e : new EngineStoppedException(e);
            ticket.Fail(told);
            foreach (GenerationSample sample in ticket.Samples)
                sample.End(told);
        }
    }

    private void Write(GenerationRequest request, GenerationSample sample, CancellationToken cancel)
    {
        Decoder decoder = _model.Model.Decoder;
        int room = Math.Min(request.MaxTokens, MaxLength - request.Prompt.Count);
        if (room <= 0)
            return;
        using var cache = new KeyValueCache(decoder.Shape, request.Prompt.Count + room, decoder.Kernels);
        var chooser = new TokenChooser(request.Sampling, sample.Index, request.Prompt);
        HashSet<int> stops = [.. request.StopIds ?? _model.StopIds];
        IReadOnlyList<int> unread = request.Prompt;
        for (int written = 1; !sample.IsStopped; written++)
        {
            cancel.ThrowIfCancellationRequested();
            if (_gaveUp)
                throw new EngineStoppedException();
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            Tensor logits = decoder.NextLogits([.. unread.Select(i => (long)i)], TokenLayout.Of((unread.Count, -1)), [cache]);
            ReadOnlySpan<float> row = TensorMemory.Row(logits.to(ScalarType.Float32), 0);
            int id = chooser.Next(row);
            FinishReason? finish =
                stops.Contains(id) ? FinishReason.Stop
                : written == room ? FinishReason.Length
                : null;
            double sum = request.LogProbs is null ? 0 : LogProbs.LogSumExp(row);
            sample.Write(
                new GeneratedToken(
                    id,
                    request.LogProbs is null ? float.NaN : LogProbs.Of(row, sum, id),
                    LogProbs.Top(row, sum, request.LogProbs ?? 0),
                    finish
                )
            );
            if (finish is not null)
                return;
            unread = [id];
        }
    }

    private ScoredToken?[] ScorePrompt(GenerationRequest request)
    {
        Decoder decoder = _model.Model.Decoder;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        long[] ids = [.. request.Prompt.Select(i => (long)i)];
        TokenLayout layout = TokenLayout.Of((ids.Length, -1));
        Tensor logits = decoder.Head.WideLogits(decoder.Forward(decoder.Kernels.Indices(ids), layout, null));
        logits = logits.to(ScalarType.Float32);
        var scored = new ScoredToken?[ids.Length];
        for (int i = 1; i < ids.Length; i++)
        {
            ReadOnlySpan<float> row = TensorMemory.Row(logits, i - 1);
            double sum = LogProbs.LogSumExp(row);
            int id = request.Prompt[i];
            scored[i] = new(id, LogProbs.Of(row, sum, id), LogProbs.Top(row, sum, request.LogProbs ?? 0));
        }
        return scored;
    }
}
