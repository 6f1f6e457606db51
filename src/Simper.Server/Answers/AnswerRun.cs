using System.Threading.Channels;
using Simper.Server.Protocol;
using Simper.Serving;

namespace Simper.Server.Answers;

/// <summary>
/// The answers to one HTTP request, read as the engine writes them, whether or not the client keeps up: what is not sent yet
/// waits here, bounded by the tokens that were asked for. Disposing it cancels what is left.
/// </summary>
internal sealed class AnswerRun : IAsyncDisposable
{
    private readonly HostedModel _model;
    private readonly IReadOnlyList<AnswerTask> _tasks;
    private readonly GenerationTicket?[] _tickets;
    private readonly TaskCompletionSource<GenerationTicket>[] _submitted;
    private readonly AnswerReader?[][] _readers;
    private readonly CancellationTokenSource _cancel;
    private readonly Channel<AnswerPiece> _pieces = Channel.CreateUnbounded<AnswerPiece>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Task _reading;
    private volatile bool _isStopped;
    private int _finished; // tasks whose answers ended, in order

    private AnswerRun(HostedModel model, IReadOnlyList<AnswerTask> tasks, GenerationTicket first, CancellationTokenSource cancel)
    {
        (_model, _tasks, _cancel) = (model, tasks, cancel);
        _tickets = new GenerationTicket?[tasks.Count];
        _submitted = [.. tasks.Select(_ => new TaskCompletionSource<GenerationTicket>())];
        _tickets[0] = first;
        _readers = [.. tasks.Select(t => new AnswerReader?[t.Request.Samples])];
        _reading = Task.Run(ReadAllAsync);
    }

    /// <summary>Submits the answers of a request.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tasks">What is asked, at least one. A queue that is full refuses the first; the others wait for it.</param>
    /// <param name="cancel">Ends all of them.</param>
    /// <exception cref="ApiException">They could never be answered, or too many wait.</exception>
    public static AnswerRun Start(HostedModel model, IReadOnlyList<AnswerTask> tasks, CancellationToken cancel)
    {
        var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            return new AnswerRun(model, tasks, Submit(model, tasks[0], linked.Token), linked);
        }
        catch
        {
            linked.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Their pieces, those of an answer in order. Fails with an <see cref="ApiException"/>, or as cancelled, where an answer
    /// does.
    /// </summary>
    public ChannelReader<AnswerPiece> Pieces => _pieces.Reader;

    /// <summary>Tokens of the prompts.</summary>
    public int PromptTokens => _tasks.Sum(t => t.Request.Prompt.Count);

    /// <summary>Those of them that were not computed again.</summary>
    public int CachedTokens => _tickets.Sum(t => t?.CachedTokens ?? 0);

    /// <summary>Tokens of the answers so far, all that were made.</summary>
    public int AnswerTokens => _readers.Sum(r => r.Sum(a => a?.Count ?? 0));

    /// <summary>The mean log-prob of an answer's tokens.</summary>
    public double MeanLogProb(int task, int sample) => _readers[task][sample]!.MeanLogProb;

    /// <summary>The scored tokens of a prompt, once they are there.</summary>
    public async Task<IReadOnlyList<ScoredToken?>> PromptScoresAsync(int task) =>
        await (await _submitted[task].Task.ConfigureAwait(false)).PromptTokens.ConfigureAwait(false);

    /// <summary>Ends all answers where they are, as if their limit were reached.</summary>
    public void Stop()
    {
        _isStopped = true;
        foreach (GenerationTicket? ticket in _tickets)
        {
            foreach (GenerationSample sample in ticket?.Samples ?? [])
                sample.Stop();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _cancel.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _cancel.Dispose();
    }

    private async Task ReadAllAsync()
    {
        try
        {
            // A large batch enters the queue bit by bit, so that it fits and leaves room for others.
            int together = Math.Max(1, Math.Min(_model.Engine.Settings.MaxSequences, _model.Engine.Settings.QueueLimit));
            var running = new Queue<Task>();
            int samples = 0;
            for (int i = 0; i < _tasks.Count; i++)
            {
                while (running.Count > 0 && samples + _tasks[i].Request.Samples > together)
                    await FirstAsync().ConfigureAwait(false);
                await SubmitAsync(i, running, FirstAsync).ConfigureAwait(false);
                samples += _tasks[i].Request.Samples;
                int task = i;
                running.Enqueue(ReadAsync(task));
            }
            while (running.Count > 0)
                await FirstAsync().ConfigureAwait(false);
            _pieces.Writer.TryComplete();

            async Task FirstAsync()
            {
                await running.Dequeue().ConfigureAwait(false);
                samples -= _tasks[_finished++].Request.Samples;
            }
        }
        catch (Exception e)
        {
            await _cancel.CancelAsync().ConfigureAwait(false);
            Exception told = e is SimperException and not EngineStoppedException ? Refused(e, _tasks[0].Param) : e;
            _pieces.Writer.TryComplete(told);
            foreach (TaskCompletionSource<GenerationTicket> submitted in _submitted)
                _ = submitted.TrySetException(told) && submitted.Task.Exception is null; // looked at, whoever asks or not
        }
    }

    private async Task SubmitAsync(int task, Queue<Task> running, Func<Task> first)
    {
        while (_tickets[task] is null)
        {
            try
            {
                _tickets[task] = _model.Engine.Submit(_tasks[task].Request, _cancel.Token);
            }
            catch (EngineFullException) when (running.Count > 0)
            {
                await first().ConfigureAwait(false);
            }
            catch (EngineFullException e)
            {
                await Task.Delay(e.RetryAfter, _cancel.Token).ConfigureAwait(false);
            }
        }
        _submitted[task].TrySetResult(_tickets[task]!);
        if (_isStopped)
            Stop();
    }

    private Task ReadAsync(int task) =>
        Task.WhenAll(_tickets[task]!.Samples.Select(s => ReadAsync(task, s)).Append(_tickets[task]!.PromptTokens));

    private async Task ReadAsync(int task, GenerationSample sample)
    {
        AnswerReader reader = _readers[task][sample.Index] = _tasks[task].Reader(_model, sample.Index);
        await foreach (GeneratedToken token in sample.Tokens(_cancel.Token).ConfigureAwait(false))
        {
            AnswerPiece piece = reader.Append(token);
            if (!piece.IsEmpty)
                _pieces.Writer.TryWrite(piece);
            if (piece.Finish is null)
                continue;
            sample.Stop();
            return;
        }
        _pieces.Writer.TryWrite(reader.Finish());
    }

    private static GenerationTicket Submit(HostedModel model, AnswerTask task, CancellationToken cancel)
    {
        try
        {
            return model.Engine.Submit(task.Request, cancel);
        }
        catch (EngineFullException e)
        {
            throw new ApiException(429, "Too many requests wait already; please try again later.", code: "queue_full")
            {
                RetryAfter = (int)Math.Ceiling(e.RetryAfter.TotalSeconds),
            };
        }
        catch (EngineStoppedException e)
        {
            throw Stopped(e);
        }
        catch (SimperException e)
        {
            throw Refused(e, task.Param);
        }
    }

    /// <summary>The error of an engine that stopped, or failed.</summary>
    public static ApiException Stopped(EngineStoppedException e) =>
        e.InnerException is null
            ? new ApiException(503, e.Message, code: "shutting_down") { RetryAfter = 5 }
            : new ApiException(500, "The model failed while computing; the server's log says why.", code: "engine_failed");

    private static ApiException Refused(Exception e, string param) => ApiException.Invalid(param, e.Message);
}
