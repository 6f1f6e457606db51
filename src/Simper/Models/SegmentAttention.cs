using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, L tokens of a part, K key-value heads, G query heads for each of them, E head width.

/// <summary>
/// Attention over the segments of a <see cref="TokenLayout"/>: each segment sees itself causally and its ancestors whole. The
/// parts of a softmax over several blocks of keys are joined by their log-sum-exps, and the gradient of each part follows from
/// the joined output and log-sum-exp, so no part is ever padded or masked. The CPU's kernel runs in the wide type: measured, it
/// is as fast there as in bfloat16, and for short segments twice as fast; only the backward pass of long ones gains from bfloat16.
/// </summary>
internal static class SegmentAttention
{
    // From so many scores per head on, the kernel's backward pass is faster in bfloat16.
    private const long ManyScores = 600 * 600;

    /// <param name="query">[T, K, G, E]</param>
    /// <param name="key">[T, K, E]</param>
    /// <param name="value">[T, K, E]</param>
    /// <param name="layout">The segments of the T tokens.</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <param name="wide">Type of the log-sum-exps and of the joining.</param>
    /// <returns>Output [T, K, G, E] in the type of the query, log-sum-exp [T, K, G] in the wide type.</returns>
    public static (Tensor Output, Tensor LogSumExp) Forward(
        Tensor query, Tensor key, Tensor value, TokenLayout layout, double scale, ScalarType wide)
    {
        using var outer = NewDisposeScope();
        ScalarType compute = query.dtype;
        long groups = query.shape[2];
        (query, key, value) = (query.to(wide), key.to(wide), value.to(wide));
        Tensor output = empty_like(query);
        Tensor logSumExp = empty(query.shape[..3], dtype: wide, device: query.device);
        foreach (TokenLayout.Segment segment in layout.Segments)
        {
            using var scope = NewDisposeScope();
            (Tensor own, Tensor ownSum) = Aten.FlashAttention(
                Queries(query, segment.Start, segment.Length), Keys(key, segment, groups), Keys(value, segment, groups), causal: true, scale);
            Queries(output, segment.Start, segment.Length).copy_(own);
            Sums(logSumExp, segment.Start, segment.Length).copy_(ownSum);
        }
        foreach ((int start, int length, TokenLayout.Segment ancestor) in AncestorParts(layout))
        {
            using var scope = NewDisposeScope();
            (Tensor part, Tensor partSum) = Aten.FlashAttention(
                Queries(query, start, length), Keys(key, ancestor, groups), Keys(value, ancestor, groups), causal: false, scale);
            Join(Queries(output, start, length), Sums(logSumExp, start, length), part, partSum);
        }
        return (output.to(compute).MoveToOuterDisposeScope(), logSumExp.MoveToOuterDisposeScope());
    }

    /// <summary>Gradients of query [T, K, G, E], key and value [T, K, E], in the wide type.</summary>
    public static (Tensor Query, Tensor Key, Tensor Value) Backward(Tensor gradient, Tensor query, Tensor key, Tensor value,
        Tensor output, Tensor logSumExp, TokenLayout layout, double scale)
    {
        long groups = query.shape[2];
        ScalarType wide = logSumExp.dtype;
        Tensor dQuery = zeros(query.shape, dtype: wide, device: query.device);
        Tensor dKey = zeros(key.shape, dtype: wide, device: key.device);
        Tensor dValue = zeros(value.shape, dtype: wide, device: value.device);

        void Part(int start, int length, TokenLayout.Segment seen, bool causal)
        {
            using var scope = NewDisposeScope();
            ScalarType type = (long)length * seen.Length < ManyScores ? wide : query.dtype;
            Tensor Rows(Tensor rows) => Queries(rows, start, length).to(type);
            Tensor Seen(Tensor rows) => Keys(rows.narrow(0, seen.Start, seen.Length).to(type), seen with { Start = 0 }, groups);
            (Tensor q, Tensor k, Tensor v) = Aten.FlashAttentionBackward(Rows(gradient), Rows(query), Seen(key), Seen(value),
                Rows(output), Sums(logSumExp, start, length), causal, scale);
            Queries(dQuery, start, length).add_(q);
            dKey.narrow(0, seen.Start, seen.Length).add_(k.sum([1], type: wide).transpose(0, 1)); // [K, G, L, E] to [L, K, E]
            dValue.narrow(0, seen.Start, seen.Length).add_(v.sum([1], type: wide).transpose(0, 1));
        }

        foreach (TokenLayout.Segment segment in layout.Segments)
            Part(segment.Start, segment.Length, segment, causal: true);
        foreach ((int start, int length, TokenLayout.Segment ancestor) in AncestorParts(layout))
            Part(start, length, ancestor, causal: false);
        return (dQuery, dKey, dValue);
    }

    /// <summary>
    /// Attention of new tokens over a cache that already holds their keys and values at its end: one query sees all of it;
    /// several see the earlier part whole and themselves causally.
    /// </summary>
    /// <param name="query">[L, K, G, E], the new tokens.</param>
    /// <param name="key">[T, K, E], the cache with the new tokens last.</param>
    /// <param name="value">[T, K, E]</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <returns>[L, K, G, E]</returns>
    public static Tensor OverCache(Tensor query, Tensor key, Tensor value, double scale)
    {
        int fresh = (int)query.shape[0], past = (int)key.shape[0] - fresh;
        long groups = query.shape[2];
        Tensor queries = Queries(query, 0, fresh);
        if (fresh == 1)
        {
            TokenLayout.Segment all = new(0, past + 1, -1, 0);
            return Aten.FlashAttention(queries, Keys(key, all, groups), Keys(value, all, groups), causal: false, scale)
                .Output.permute(2, 0, 1, 3);
        }
        TokenLayout.Segment self = new(past, fresh, -1, 0), before = new(0, past, -1, 0);
        (Tensor output, Tensor sum) = Aten.FlashAttention(queries, Keys(key, self, groups), Keys(value, self, groups), causal: true, scale);
        if (past > 0)
        {
            (Tensor part, Tensor partSum) = Aten.FlashAttention(queries, Keys(key, before, groups), Keys(value, before, groups), causal: false, scale);
            Join(output, sum, part, partSum);
        }
        return output.permute(2, 0, 1, 3);
    }

    /// <summary>Runs of neighbouring segments with the same parent, with each ancestor that they see: one call serves all the
    /// answers to a prompt.</summary>
    private static IEnumerable<(int Start, int Length, TokenLayout.Segment Ancestor)> AncestorParts(TokenLayout layout)
    {
        IReadOnlyList<TokenLayout.Segment> segments = layout.Segments;
        for (int first = 0; first < segments.Count;)
        {
            int next = first + 1;
            while (next < segments.Count && segments[next].Parent == segments[first].Parent)
                next++;
            int start = segments[first].Start, length = segments[next - 1].End - start;
            for (int parent = segments[first].Parent; parent >= 0; parent = segments[parent].Parent)
                yield return (start, length, segments[parent]);
            first = next;
        }
    }

    /// <summary>softmax over two blocks of keys = their outputs, weighted by exp(own log-sum-exp - joint log-sum-exp). In place.</summary>
    private static void Join(Tensor output, Tensor sum, Tensor part, Tensor partSum)
    {
        Tensor joint = sum.logaddexp(partSum);
        Tensor joined = output.mul(sum.sub(joint).exp_().unsqueeze(-1)).add_(part.mul(partSum.sub(joint).exp_().unsqueeze(-1)));
        output.copy_(joined);
        sum.copy_(joint);
    }

    private static Tensor Queries(Tensor rows, int start, int length) => rows.narrow(0, start, length).permute(1, 2, 0, 3); // [K, G, L, E]

    private static Tensor Sums(Tensor rows, int start, int length) => rows.narrow(0, start, length).permute(1, 2, 0); // [K, G, L]

    // A zero stride over the group: keys and values are read by all G heads without being copied.
    private static Tensor Keys(Tensor rows, TokenLayout.Segment segment, long groups) => rows.narrow(0, segment.Start, segment.Length)
        .permute(1, 0, 2).unsqueeze(1).expand(rows.shape[1], groups, segment.Length, rows.shape[2]); // [K, G, L, E]
}
