using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, L new tokens, K key-value heads, G query heads for each of them, E head width.

/// <summary>Attention of new tokens over a cache, by libtorch's kernel.</summary>
internal static class CachedAttention
{
    /// <summary>
    /// Attention of new tokens over a cache that already holds their keys and values at its end: one query sees all of it;
    /// several see the earlier part whole and themselves causally.
    /// </summary>
    /// <param name="query">[L, K, G, E], the new tokens.</param>
    /// <param name="key">[T, K, E], the cache with the new tokens last.</param>
    /// <param name="value">[T, K, E]</param>
    /// <param name="scale">Factor of the scores.</param>
    /// <returns>[L, K, G, E]</returns>
    public static Tensor Of(Tensor query, Tensor key, Tensor value, double scale)
    {
        int fresh = (int)query.shape[0], past = (int)key.shape[0] - fresh;
        long groups = query.shape[2];
        Tensor queries = query.permute(1, 2, 0, 3);
        if (fresh == 1)
        {
            return Aten.FlashAttention(queries, Keys(key, 0, past + 1, groups), Keys(value, 0, past + 1, groups), causal: false, scale)
                .Output.permute(2, 0, 1, 3);
        }
        (Tensor output, Tensor sum) = Aten.FlashAttention(queries, Keys(key, past, fresh, groups), Keys(value, past, fresh, groups), causal: true, scale);
        if (past > 0)
        {
            (Tensor part, Tensor partSum) = Aten.FlashAttention(queries, Keys(key, 0, past, groups), Keys(value, 0, past, groups), causal: false, scale);
            Join(output, sum, part, partSum);
        }
        return output.permute(2, 0, 1, 3);
    }

    /// <summary>softmax over two blocks of keys = their outputs, weighted by exp(own log-sum-exp - joint log-sum-exp). In place.</summary>
    private static void Join(Tensor output, Tensor sum, Tensor part, Tensor partSum)
    {
        Tensor joint = sum.logaddexp(partSum);
        Tensor joined = output.mul(sum.sub(joint).exp_().unsqueeze(-1)).add_(part.mul(partSum.sub(joint).exp_().unsqueeze(-1)));
        output.copy_(joined);
        sum.copy_(joint);
    }

    // A zero stride over the group: keys and values are read by all G heads without being copied.
    private static Tensor Keys(Tensor rows, int start, int length, long groups) => rows.narrow(0, start, length)
        .permute(1, 0, 2).unsqueeze(1).expand(rows.shape[1], groups, length, rows.shape[2]); // [K, G, L, E]
}
