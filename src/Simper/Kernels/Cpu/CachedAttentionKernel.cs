using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: T new tokens, H query heads, K key-value heads, G = H / K, E head width, C room of a cache.

/// <summary>
/// Attention of new tokens to cached ones, one token at a time: made for decoding one token, where reading keys and values once
/// is all the work. New keys and values are written to the cache first.
/// </summary>
internal static unsafe class CachedAttentionKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>An item is a sequence and a key-value head, whose new keys and values are appended to the cached ones.</summary>
    public readonly struct Append : IJob
    {
        public required AttentionInputs<TCompute> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required CacheRows<TCompute>[] Caches { get; init; }
        public required int Layer { get; init; }

        /// <summary>The start of a key-value head in a sequence's cache.</summary>
        public long HeadStart(int sequence, int head) =>
            (long)(Layer * Inputs.KeyValueHeads + head) * Caches[sequence].Room * Inputs.HeadWidth;

        public void Run(int item)
        {
            (int s, int kv) = (item / Inputs.KeyValueHeads, item % Inputs.KeyValueHeads);
            TokenLayout.Segment segment = Layout.Segments[s];
            CacheRows<TCompute> cache = Caches[s];
            int e = Inputs.HeadWidth;
            long at = HeadStart(s, kv) + (long)cache.Length * e;
            for (int i = 0; i < segment.Length; i++)
            {
                long token = (long)(segment.Start + i) * Inputs.KeyStride + (long)kv * e;
                new Span<TCompute>(Inputs.Key + token, e).CopyTo(new Span<TCompute>(cache.Keys + at + (long)i * e, e));
                new Span<TCompute>(Inputs.Value + token, e).CopyTo(new Span<TCompute>(cache.Values + at + (long)i * e, e));
            }
        }
    }

    /// <summary>
    /// The same, and then the outputs of that key-value head's G query heads: a new token attends to the cached tokens, its
    /// predecessors and itself, within the window.
    /// </summary>
    public readonly struct Forward : IJob
    {
        public required Append Append { get; init; }
        public required TCompute* Output { get; init; } // [T, H, E]
        public TWide* LogSumExp { get; init; } // [T, H], or null

        public void Run(int item)
        {
            Append.Run(item);
            AttentionInputs<TCompute> inputs = Append.Inputs;
            (int s, int kv) = (item / inputs.KeyValueHeads, item % inputs.KeyValueHeads);
            TokenLayout.Segment segment = Append.Layout.Segments[s];
            CacheRows<TCompute> cache = Append.Caches[s];
            int e = inputs.HeadWidth;
            int groups = inputs.Groups;
            int lane = Vector512<TWide>.Count;
            int room = (cache.Length + segment.Length + lane - 1) / lane * lane;
            var scores = (TWide*)Scratch.Of((long)sizeof(TWide) * groups * room);
            long head = Append.HeadStart(s, kv);
            for (int i = 0; i < segment.Length; i++)
            {
                int first = inputs.FirstSeen(cache.Length + i);
                int seen = cache.Length + i + 1 - first;
                long keys = head + (long)first * e;
                TCompute* query = inputs.Query + (long)(segment.Start + i) * inputs.QueryStride + (long)kv * groups * e; // [G, E]
                DotTile<TCompute, TWide>.Multiply(query, e, groups, cache.Keys + keys, e, seen, e, scores, room);
                for (int g = 0; g < groups; g++)
                {
                    // The scores are not scaled yet, so the cap is divided by the scale instead.
                    if (inputs.SoftCap > 0)
                        SoftCapKernel<TWide, TWide>.Row(scores + (long)g * room, seen, inputs.SoftCap / inputs.Scale);
                    (double highest, double sum) = Softmax(scores + (long)g * room, seen, inputs.Scale);
                    if (LogSumExp is not null)
                        LogSumExp[(long)(segment.Start + i) * inputs.Heads + kv * groups + g] = Lanes.Number<TWide>(
                            inputs.Scale * highest + Math.Log(sum)
                        );
                }
                WeighValues(
                    scores,
                    room,
                    groups,
                    cache.Values + keys,
                    seen,
                    e,
                    Output + ((long)(segment.Start + i) * inputs.Heads + kv * groups) * e
                );
            }
        }
    }

    /// <summary>
    /// The softmax of <paramref name="seen"/> scores times <paramref name="scale"/>, in place; returns the highest score and the
    /// sum of the exponentials of all, shifted by it.
    /// </summary>
    private static (double Highest, double Sum) Softmax(TWide* scores, int seen, double scale)
    {
        int lane = Vector512<TWide>.Count;
        for (int j = seen; j % lane != 0; j++)
            scores[j] = Lanes.Number<TWide>(double.NegativeInfinity);
        Vector512<TWide> highest = Vector512.Load(scores);
        for (int j = lane; j < seen; j += lane)
            highest = Vector512.Max(highest, Vector512.Load(scores + j));
        double max = double.NegativeInfinity;
        for (int i = 0; i < lane; i++)
            max = Math.Max(max, Lanes.Double(highest[i]));
        Vector512<TWide> factor = Lanes.Create<TWide>(scale);
        Vector512<TWide> shift = Lanes.Create<TWide>(max);
        Vector512<TWide> sums = default;
        for (int j = 0; j < seen; j += lane)
        {
            Vector512<TWide> p = Lanes.Exp((Vector512.Load(scores + j) - shift) * factor);
            sums += p;
            Vector512.Store(p, scores + j);
        }
        double sum = Lanes.Double(Vector512.Sum(sums));
        Vector512<TWide> inverse = Lanes.Create<TWide>(1 / sum);
        for (int j = 0; j < seen; j += lane)
            Vector512.Store(Vector512.Load(scores + j) * inverse, scores + j);
        return (max, sum);
    }

    /// <summary>
    /// Σ p V for G rows of probabilities: tiles of four heads by two vectors of a value, over all values.
    /// </summary>
    private static void WeighValues(TWide* p, int room, int groups, TCompute* values, int seen, int headWidth, TCompute* output)
    {
        int lane = Vector512<TWide>.Count;
        for (int g = 0; g < groups; g += 4)
        {
            int last = groups - 1 - g; // fewer than four heads: the last is repeated, and dropped when written
            TWide* p0 = p + (long)g * room;
            TWide* p1 = p0 + Math.Min(1, last) * room;
            TWide* p2 = p0 + Math.Min(2, last) * room;
            TWide* p3 = p0 + Math.Min(3, last) * room;
            for (int at = 0; at < headWidth; at += 2 * lane)
            {
                Vector512<TWide> a0 = default;
                Vector512<TWide> a1 = default;
                Vector512<TWide> a2 = default;
                Vector512<TWide> a3 = default;
                Vector512<TWide> b0 = default;
                Vector512<TWide> b1 = default;
                Vector512<TWide> b2 = default;
                Vector512<TWide> b3 = default;
                int left = headWidth - at;
                int more = Math.Max(0, left - lane);
                TCompute* v = values + at;
                for (int j = 0; j < seen; j++, v += headWidth)
                {
                    Vector512<TWide> a = Lanes<TCompute, TWide>.Load(v, left);
                    Vector512<TWide> b = more > 0 ? Lanes<TCompute, TWide>.Load(v + lane, more) : default;
                    Vector512<TWide> weight = Vector512.Create(p0[j]);
                    a0 = Lanes.MultiplyAdd(weight, a, a0);
                    b0 = Lanes.MultiplyAdd(weight, b, b0);
                    weight = Vector512.Create(p1[j]);
                    a1 = Lanes.MultiplyAdd(weight, a, a1);
                    b1 = Lanes.MultiplyAdd(weight, b, b1);
                    weight = Vector512.Create(p2[j]);
                    a2 = Lanes.MultiplyAdd(weight, a, a2);
                    b2 = Lanes.MultiplyAdd(weight, b, b2);
                    weight = Vector512.Create(p3[j]);
                    a3 = Lanes.MultiplyAdd(weight, a, a3);
                    b3 = Lanes.MultiplyAdd(weight, b, b3);
                }
                TCompute* to = output + (long)g * headWidth + at;
                Put(to, a0, b0, left, more);
                if (last > 0)
                    Put(to + headWidth, a1, b1, left, more);
                if (last > 1)
                    Put(to + 2 * headWidth, a2, b2, left, more);
                if (last > 2)
                    Put(to + 3 * headWidth, a3, b3, left, more);
            }
        }
    }

    private static void Put(TCompute* to, Vector512<TWide> a, Vector512<TWide> b, int left, int more)
    {
        Lanes<TCompute, TWide>.Store(to, a, left);
        if (more > 0)
            Lanes<TCompute, TWide>.Store(to + Vector512<TWide>.Count, b, more);
    }
}
