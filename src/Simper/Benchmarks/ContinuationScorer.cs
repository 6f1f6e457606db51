using Simper.Batching;
using Simper.Models;
using Simper.Scoring;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Benchmarks;

/// <summary>
/// Scores continuations in batches by a budget of tokens. Texts with the same context are one group of the shared-prompt layout,
/// and a beginning that neighbouring contexts share, such as the shots of a task, is computed once in each batch.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="budget">Tokens of a batch; a single text may have more.</param>
internal sealed class ContinuationScorer(LanguageModel model, int budget)
{
    private static readonly ScoreNeeds Needs = ScoreNeeds.Sums with { AsLibTorch = true };

    /// <summary>The scores of all texts, batch by batch.</summary>
    public IEnumerable<(ScoredText Text, ScoredText.Result Result)> Score(
        IReadOnlyList<ScoredText> texts,
        CancellationToken cancel
    )
    {
        foreach (IReadOnlyList<IReadOnlyList<ScoredText>> batch in Batches(texts))
        {
            cancel.ThrowIfCancellationRequested();
            foreach ((ScoredText, ScoredText.Result) scored in Score(batch))
                yield return scored;
        }
    }

    /// <summary>Texts with one context each, in batches.</summary>
    internal IEnumerable<IReadOnlyList<IReadOnlyList<ScoredText>>> Batches(IReadOnlyList<ScoredText> texts)
    {
        var batch = new List<List<ScoredText>>();
        int tokens = 0;
        foreach (ScoredText text in Neighbours(texts))
        {
            ScoredText? last = batch.Count > 0 ? batch[^1][0] : null;
            bool isSame = last is not null && last.Context.AsSpan().SequenceEqual(text.Context);
            int shared = last is null ? 0 : last.Context.AsSpan().CommonPrefixLength(text.Context);
            int fresh = (isSame ? 0 : text.Context.Length - shared) + text.Continuation.Length;
            if (batch.Count > 0 && tokens + fresh > budget)
            {
                yield return batch;
                (batch, tokens, isSame) = ([], 0, false);
                fresh = text.Context.Length + text.Continuation.Length;
            }
            if (isSame)
                batch[^1].Add(text);
            else
                batch.Add([text]);
            tokens += fresh;
        }
        if (batch.Count > 0)
            yield return batch;
    }

    // Texts of one context follow each other; else the order stays, in which the rows of a task have their shots in common.
    private static IEnumerable<ScoredText> Neighbours(IReadOnlyList<ScoredText> texts) =>
        texts.GroupBy(t => t.Context, ContextComparer.Instance).SelectMany(g => g);

    private List<(ScoredText, ScoredText.Result)> Score(IReadOnlyList<IReadOnlyList<ScoredText>> batch)
    {
        TokenizedGroup[] groups =
        [
            .. batch.Select(texts => new TokenizedGroup
            {
                Prompt = texts[0].Context,
                Answers =
                [
                    .. texts.Select(t => new TokenizedAnswer
                    {
                        Ids = t.Continuation,
                        IsScored = [.. Enumerable.Repeat(true, t.Continuation.Length)],
                    }),
                ],
            }),
        ];
        using var scope = NewDisposeScope();
        MicroBatch laidOut = MicroBatch.Of(groups, Needs);
        using ScoringPass pass = ScoringPass.Forward(model.Decoder, laidOut, forBackward: false);
        double[] logProbs = [.. pass.TokenLogProbs.to(ScalarType.Float64).cpu().data<double>()];
        bool[] areBest = [.. pass.TokensAreBest!.cpu().data<bool>()];
        var results = new List<(ScoredText, ScoredText.Result)>();
        int at = 0;
        foreach (MicroBatch.Answer answer in laidOut.Answers)
        {
            (double sum, bool isGreedy) = (0, true);
            for (int end = at + answer.ScoredTokens; at < end; at++)
                (sum, isGreedy) = (sum + logProbs[at], isGreedy && areBest[at]);
            results.Add((batch[answer.Group][answer.Index], new ScoredText.Result(sum, isGreedy)));
        }
        return results;
    }

    private sealed class ContextComparer : IEqualityComparer<int[]>
    {
        public static ContextComparer Instance { get; } = new();

        public bool Equals(int[]? a, int[]? b) => a.AsSpan().SequenceEqual(b);

        public int GetHashCode(int[] ids)
        {
            var hash = new HashCode();
            hash.Add(ids.Length);
            foreach (int id in ids.AsSpan()[Math.Max(0, ids.Length - 32)..])
                hash.Add(id);
            return hash.ToHashCode();
        }
    }
}
