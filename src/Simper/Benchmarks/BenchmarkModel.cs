using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Models;

namespace Simper.Benchmarks;

/// <summary>
/// Answers requests with a model: log-likelihoods many at once, with common beginnings computed once, and generation greedily.
/// What the answers' store has is not computed again. Needs exclusive use of the model: not thread safe.
/// </summary>
public sealed class BenchmarkModel
{
    private const int PromptsTogether = 8;

    private readonly LanguageModel _model;
    private readonly ContinuationScorer _scorer;
    private readonly AnswerStore? _store;

    /// <param name="model">The model, which must outlive this object.</param>
    /// <param name="maxLength">The most tokens that it is given; null for all that it reads.</param>
    /// <param name="tokensTogether">How many tokens are computed at once: a matter of memory and speed only.</param>
    /// <param name="store">Where answers are kept; null for nowhere.</param>
    public BenchmarkModel(LanguageModel model, int? maxLength = null, int tokensTogether = 4096, AnswerStore? store = null)
    {
        int longest = model.Shape.MaxPositions;
        if (maxLength is { } wanted && (wanted < 2 || wanted > longest))
            throw new SimperException($"--max_length is {wanted}; it has to be between 2 and {longest}, which the model reads.");
        (_model, _store) = (model, store);
        Encoder = new RequestEncoder(model.Files, maxLength ?? longest);
        _scorer = new ContinuationScorer(model, tokensTogether);
    }

    /// <summary>Texts to ids.</summary>
    public RequestEncoder Encoder { get; }

    /// <summary>Answers all requests, in order.</summary>
    /// <param name="requests">The requests.</param>
    /// <param name="progress">Receives the number of requests that are done.</param>
    /// <param name="cancel">Stops between batches; what is answered is in the store.</param>
    /// <exception cref="SimperException">A request cannot be encoded.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<RequestAnswer> Answer(
        IReadOnlyList<BenchmarkRequest> requests,
        IProgress<int>? progress = null,
        CancellationToken cancel = default
    )
    {
        var answers = new RequestAnswer?[requests.Count];
        var parts = new Dictionary<ScoredText, ScoredText.Result?>();
        ScoredText[][] texts = [.. requests.Select(Encoded)];
        foreach (ScoredText text in texts.SelectMany(t => t))
            parts.TryAdd(text, _store?.Find(text));
        int generated = GeneratedBefore(requests, answers);
        ScoredText[] open = [.. parts.Where(p => p.Value is null).Select(p => p.Key)];
        int known = parts.Count - open.Length;
        int all = Math.Max(1, parts.Count);
        int scoredRequests = texts.Count(t => t.Length > 0);
        foreach ((ScoredText text, ScoredText.Result result) in _scorer.Score(open, cancel))
        {
            parts[text] = result;
            _store?.Add(text, result);
            progress?.Report(generated + (int)((long)++known * scoredRequests / all));
        }
        for (int i = 0; i < requests.Count; i++)
        {
            if (texts[i].Length > 0 || requests[i] is BenchmarkRequest.Rolling)
                answers[i] = Sum([.. texts[i].Select(t => parts[t]!)]);
        }
        Generate(requests, answers, scoredRequests + generated, progress, cancel);
        return answers!;
    }

    private static RequestAnswer Sum(IReadOnlyList<ScoredText.Result> parts) =>
        new() { LogLikelihood = parts.Sum(p => p.LogLikelihood), IsGreedy = parts.All(p => p.IsGreedy) };

    private ScoredText[] Encoded(BenchmarkRequest request)
    {
        switch (request)
        {
            case BenchmarkRequest.Continuation pair:
                (int[] context, int[] continuation) = Encoder.Pair(pair.Context, pair.Text);
                return [new ScoredText(Encoder.Fitted(context, continuation), continuation)];
            case BenchmarkRequest.Rolling rolling:
                return [.. Encoder.Windows(rolling.Text).Select(w => new ScoredText(w.Context, w.Continuation))];
            default:
                return [];
        }
    }

    private int GeneratedBefore(IReadOnlyList<BenchmarkRequest> requests, RequestAnswer?[] answers)
    {
        for (int i = 0; i < requests.Count; i++)
        {
            if (requests[i] is BenchmarkRequest.Generation generation)
                answers[i] = _store?.Find(GenerationSettings.Of(generation.Arguments, i), Encoder, generation.Context);
        }
        return answers.Count(a => a is not null);
    }

    // Those with equal settings together; the shortest prompts first, so that those of a batch are of like length.
    private void Generate(
        IReadOnlyList<BenchmarkRequest> requests,
        RequestAnswer?[] answers,
        int done,
        IProgress<int>? progress,
        CancellationToken cancel
    )
    {
        var open = new List<(int Place, int[] Prompt, GenerationSettings Settings)>();
        for (int i = 0; i < requests.Count; i++)
        {
            if (answers[i] is null && requests[i] is BenchmarkRequest.Generation generation)
            {
                var settings = GenerationSettings.Of(generation.Arguments, i);
                open.Add((i, Encoder.Prompt(generation.Context, settings.Sampling.MaxNewTokens), settings));
            }
        }
        var generator = new TextGenerator(_model);
        foreach (var same in open.GroupBy(o => o.Settings.Key))
        {
            foreach (var batch in same.OrderBy(o => o.Prompt.Length).ThenBy(o => o.Place).Chunk(PromptsTogether))
            {
                cancel.ThrowIfCancellationRequested();
                IReadOnlyList<string> stops = Encoder.Stops(batch[0].Settings.Until);
                var watch = new StopWatch(_model.Files.Tokenizer, stops, batch.Length);
                IReadOnlyList<GeneratedAnswer> found = generator.Generate(
                    [.. batch.Select(b => b.Prompt)],
                    batch[0].Settings.Sampling,
                    cancel,
                    watch.Ends
                );
                cancel.ThrowIfCancellationRequested();
                for (int k = 0; k < batch.Length; k++)
                {
                    int[] ids = [.. found[k].Ids];
                    string text = RequestEncoder.Cut(_model.Files.Tokenizer.Decode(ids, skipSpecialTokens: true), stops);
                    answers[batch[k].Place] = new RequestAnswer { Text = text, Ids = ids };
                    _store?.Add(batch[k].Settings, batch[k].Prompt, answers[batch[k].Place]!);
                }
                progress?.Report(done += batch.Length);
            }
        }
    }
}
