using Simper.Tensors;
using TorchSharp;

namespace Simper.Kernels.Cpu;

// Legend: H query heads, K key-value heads, G = H / K, E head width, P tokens of a page, T new tokens.

/// <summary>
/// Attention of new tokens to a cache in pages, by <see cref="MatrixUnit"/>. Keys and values are stored as its second
/// factor: of a page's keys, pairs of numbers token by token [E / 2, P, 2]; of its values, pairs of tokens number by number
/// [P / 2, E, 2]. So neither is packed again, for one new token or for many. A query's sums go through keys, and through pages of
/// values, in the order of positions: it has the same bits whatever other queries are computed with it.
/// </summary>
internal static unsafe class PagedAttention
{
    /// <summary>An item is a sequence and a key-value head, whose new keys and values are appended to the cached ones.</summary>
    public readonly struct Append : IJob
    {
        public required AttentionInputs<BFloat16> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required CacheRows<BFloat16>[] Caches { get; init; }
        public required int Layer { get; init; }

        public void Run(int item)
        {
            (int s, int kv) = (item / Inputs.KeyValueHeads, item % Inputs.KeyValueHeads);
            TokenLayout.Segment segment = Layout.Segments[s];
            CacheRows<BFloat16> cache = Caches[s];
            int e = Inputs.HeadWidth;
            for (int i = 0; i < segment.Length; i++)
            {
                (int page, int row) = Math.DivRem(cache.Length + i, cache.PageTokens);
                long start = cache.HeadStart(page, Layer, kv, e);
                long token = (long)(segment.Start + i) * Inputs.KeyStride + (long)kv * e;
                var key = (uint*)(Inputs.Key + token);
                uint* keys = (uint*)(cache.Keys + start) + row;
                for (int p = 0; p < e / 2; p++)
                    keys[p * cache.PageTokens] = key[p];
                BFloat16* values = cache.Values + start;
                // Tokens to come have no weight, but nothing times not-a-number would be that.
                if (row == 0)
                    new Span<BFloat16>(values, cache.PageTokens * e).Clear();
                BFloat16* value = Inputs.Value + token;
                BFloat16* to = values + (long)(row / 2) * 2 * e + row % 2;
                for (int p = 0; p < e; p++)
                    to[2 * p] = value[p];
            }
        }
    }

    /// <summary>
    /// An item is a block of tokens and a key-value head: the outputs of its G query heads. A token attends to the cached
    /// tokens, its predecessors and itself, within the window.
    /// </summary>
    public readonly struct Forward : IJob
    {
        public required Append Append { get; init; }
        public required (int Segment, int First, int Count)[] Blocks { get; init; }

        /// <summary>Whether keys and values are still to be appended: where each sequence has one new token.</summary>
        public required bool Appends { get; init; }
        public required BFloat16* Output { get; init; } // [T, H, E]
        public float* LogSumExp { get; init; } // [T, H], or null

        public void Run(int item)
        {
            AttentionInputs<BFloat16> inputs = Append.Inputs;
            ((int s, int token, int count), int kv) = (Blocks[item / inputs.KeyValueHeads], item % inputs.KeyValueHeads);
            if (Appends)
                Append.Run(item);
            CacheRows<BFloat16> cache = Append.Caches[s];
            int first = Append.Layout.Segments[s].Start + token;
            int position = cache.Length + token;
            (int e, int groups, int tokens) = (inputs.HeadWidth, inputs.Groups, cache.PageTokens);
            int rows = count * groups;
            int firstPage = inputs.FirstSeen(position) / tokens;
            int start = firstPage * tokens;
            int pages = (position + count - start + tokens - 1) / tokens;
            int room = pages * tokens;
            var scores = (float*)
                Scratch.Of((long)rows * (room * (sizeof(float) + sizeof(BFloat16)) + e * (sizeof(float) + sizeof(BFloat16))));
            float* sums = scores + (long)rows * room; // [count, G, E]
            var query = (BFloat16*)(sums + (long)rows * e); // [count, G, E]
            BFloat16* weights = query + (long)rows * e; // [count, G, room]
            for (int i = 0; i < count; i++)
            {
                BFloat16* from = inputs.Query + (long)(first + i) * inputs.QueryStride + (long)kv * groups * e;
                new Span<BFloat16>(from, groups * e).CopyTo(new Span<BFloat16>(query + (long)i * groups * e, groups * e));
            }
            for (int page = 0; page < pages; page++)
            {
                var keys = (uint*)(cache.Keys + cache.HeadStart(firstPage + page, Append.Layer, kv, e));
                MatrixUnit.Multiply(rows, tokens, e, query, e, keys, tokens, scores + page * tokens, room, adds: false);
            }
            for (int i = 0; i < rows; i++)
            {
                float* own = scores + (long)i * room;
                int at = position + i / groups;
                // The scores are not scaled yet, so the cap is divided by the scale instead.
                if (inputs.SoftCap > 0)
                    SoftCapKernel<float, float>.Row(own, at + 1 - start, inputs.SoftCap / inputs.Scale);
                (double highest, double sum) = CachedAttentionKernel<BFloat16, float>.Softmax(
                    own,
                    inputs.FirstSeen(at) - start,
                    at + 1 - start,
                    room,
                    inputs.Scale
                );
                if (LogSumExp is not null)
                    LogSumExp[(long)(first + i / groups) * inputs.Heads + kv * groups + i % groups] = (float)(
                        inputs.Scale * highest + Math.Log(sum)
                    );
                Narrow(own, weights + (long)i * room, room);
            }
            for (int page = 0; page < pages; page++)
            {
                var values = (uint*)(cache.Values + cache.HeadStart(firstPage + page, Append.Layer, kv, e));
                MatrixUnit.Multiply(rows, e, tokens, weights + page * tokens, room, values, e, sums, e, adds: page > 0);
            }
            MatrixUnit.Rest();
            for (int i = 0; i < count; i++)
                Narrow(
                    sums + (long)i * groups * e,
                    Output + ((long)(first + i) * inputs.Heads + (long)kv * groups) * e,
                    groups * e
                );
        }

        private static void Narrow(float* from, BFloat16* to, int count)
        {
            int lanes = Lanes<BFloat16, float>.Count;
            for (int j = 0; j < count; j += lanes)
                Lanes<BFloat16, float>.Store(to + j, Lanes<float, float>.Load(from + j, count - j), count - j);
        }
    }
}
