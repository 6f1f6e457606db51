namespace Simper.Serving;

/// <summary>What <see cref="GenerationEngine.Submit"/> gives at once: where the results of a request will arrive.</summary>
public sealed class GenerationTicket
{
    private readonly TaskCompletionSource<IReadOnlyList<ScoredToken?>> _prompt = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    internal GenerationTicket(GenerationRequest request)
    {
        Request = request;
        Samples = [.. Enumerable.Range(0, request.Samples).Select(i => new GenerationSample(i))];
        if (!request.ScoresPrompt)
            _prompt.SetResult([]);
        // Who does not ask for it should not be told of its failure by the finalizer.
        _ = _prompt.Task.ContinueWith(
            t => t.Exception,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default
        );
    }

    /// <summary>What was asked for.</summary>
    public GenerationRequest Request { get; }

    /// <summary>The answers, in the order of their indices.</summary>
    public IReadOnlyList<GenerationSample> Samples { get; }

    /// <summary>
    /// The prompt's tokens with their log-probs, as many as the prompt has; the first has none (null). Empty where the request
    /// did not ask. Fails as <see cref="GenerationSample.Tokens"/> does.
    /// </summary>
    public Task<IReadOnlyList<ScoredToken?>> PromptTokens => _prompt.Task;

    /// <summary>Tokens of the prompt that were found in the cache, known once the first sample has begun.</summary>
    public int CachedTokens { get; internal set; }

    internal void Give(IReadOnlyList<ScoredToken?> prompt) => _prompt.TrySetResult(prompt);

    internal void Fail(Exception error)
    {
        if (error is OperationCanceledException cancelled)
            _prompt.TrySetCanceled(cancelled.CancellationToken);
        else
            _prompt.TrySetException(error);
    }
}
