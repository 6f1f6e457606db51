using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: H query heads, K key-value heads, G = H / K, E head width, T new tokens.

/// <summary>
/// Attention of new tokens to cached ones. New keys and values are written to the cache first. A query is computed by itself, its
/// sums in the order of the keys' positions, so it has the same bits whether its neighbours are computed with it or not, and
/// wherever the pages of its cache are.
/// </summary>
internal static unsafe class CachedAttentionKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>Queries that are computed together: keys and values are read from the cache once for all of them.</summary>
    private const int MostQueries = 32;

    /// <summary>An item is a sequence and a key-value head, whose new keys and values are appended to the cached ones.</summary>
    public readonly struct Append : IJob
    {
        public required AttentionInputs<TCompute> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required CacheRows<TCompute>[] Caches { get; init; }
        public required int Layer { get; init; }

        public void Run(int item)
        {
            (int s, int kv) = (item / Inputs.KeyValueHeads, item % Inputs.KeyValueHeads);
            TokenLayout.Segment segment = Layout.Segments[s];
            CacheRows<TCompute> cache = Caches[s];
            int e = Inputs.HeadWidth;
            for (int i = 0; i < segment.Length; i++)
            {
                (int page, int row) = Math.DivRem(cache.Length + i, cache.PageTokens);
                long to = cache.HeadStart(page, Layer, kv, e) + (long)row * e;
                long token = (long)(segment.Start + i) * Inputs.KeyStride + (long)kv * e;
                new Span<TCompute>(Inputs.Key + token, e).CopyTo(new Span<TCompute>(cache.Keys + to, e));
                new Span<TCompute>(Inputs.Value + token, e).CopyTo(new Span<TCompute>(cache.Values + to, e));
            }
        }
    }

    /// <summary>The blocks of new tokens whose queries are computed together: (segment, first token, tokens).</summary>
    public static (int Segment, int First, int Count)[] Blocks(TokenLayout layout, int groups)
    {
        int most = Math.Max(1, MostQueries / groups);
        return
        [
            .. from s in Enumerable.Range(0, layout.Segments.Count)
            let length = layout.Segments[s].Length
            from b in Enumerable.Range(0, (length + most - 1) / most)
            select (s, b * most, Math.Min(most, length - b * most)),
        ];
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
        public required TCompute* Output { get; init; } // [T, H, E]
        public TWide* LogSumExp { get; init; } // [T, H], or null

        public void Run(int item)
        {
            AttentionInputs<TCompute> inputs = Append.Inputs;
            ((int s, int token, int count), int kv) = (Blocks[item / inputs.KeyValueHeads], item % inputs.KeyValueHeads);
            if (Appends)
                Append.Run(item);
            CacheRows<TCompute> cache = Append.Caches[s];
            int first = Append.Layout.Segments[s].Start + token;
            int position = cache.Length + token;
            int e = inputs.HeadWidth;
            int groups = inputs.Groups;
            int rows = count * groups;
            int lane = Vector512<TWide>.Count;
            // Whole vectors of positions, so that a position's lane does not depend on where the window of a block begins.
            int start = inputs.FirstSeen(position) / lane * lane;
            int seen = position + count - start;
            int room = (seen + lane - 1) / lane * lane;
            var scores = (TWide*)Scratch.Of((long)sizeof(TWide) * rows * room + (long)sizeof(TCompute) * rows * e);
            var query = (TCompute*)(scores + (long)rows * room); // [count, G, E]
            for (int i = 0; i < count; i++)
            {
                TCompute* from = inputs.Query + (long)(first + i) * inputs.QueryStride + (long)kv * groups * e;
                new Span<TCompute>(from, groups * e).CopyTo(new Span<TCompute>(query + (long)i * groups * e, groups * e));
            }
            for (int at = start; at < start + seen; )
            {
                (int page, int row) = Math.DivRem(at, cache.PageTokens);
                int keys = Math.Min(cache.PageTokens - row, start + seen - at);
                TCompute* key = cache.Keys + cache.HeadStart(page, Append.Layer, kv, e) + (long)row * e;
                DotTile<TCompute, TWide>.Multiply(query, e, rows, key, e, keys, e, scores + (at - start), room);
                at += keys;
            }
            for (int i = 0; i < rows; i++)
            {
                TWide* own = scores + (long)i * room;
                int at = position + i / groups;
                // The scores are not scaled yet, so the cap is divided by the scale instead.
                if (inputs.SoftCap > 0)
                    SoftCapKernel<TWide, TWide>.Row(own, seen, inputs.SoftCap / inputs.Scale);
                (double highest, double sum) = Softmax(own, inputs.FirstSeen(at) - start, at + 1 - start, room, inputs.Scale);
                if (LogSumExp is not null)
                    LogSumExp[(long)(first + i / groups) * inputs.Heads + kv * groups + i % groups] = Lanes.Number<TWide>(
                        inputs.Scale * highest + Math.Log(sum)
                    );
            }
            TCompute** outputs = stackalloc TCompute*[4];
            for (int i = 0; i < rows; i += 4)
            {
                for (int r = i; r < Math.Min(i + 4, rows); r++)
                    outputs[r - i] = Output + ((long)(first + r / groups) * inputs.Heads + kv * groups + r % groups) * e;
                WeighValues(
                    scores + (long)i * room,
                    room,
                    Math.Min(4, rows - i),
                    cache,
                    Append.Layer,
                    kv,
                    start,
                    seen,
                    e,
                    outputs
                );
            }
        }
    }

    /// <summary>
    /// The softmax of the scores in [<paramref name="from"/>, <paramref name="end"/>) times <paramref name="scale"/>, in place;
    /// zeros elsewhere, up to <paramref name="room"/>. Returns the highest score and the sum of the exponentials, shifted by it.
    /// </summary>
    public static (double Highest, double Sum) Softmax(TWide* scores, int from, int end, int room, double scale)
    {
        int lane = Vector512<TWide>.Count;
        TWide hidden = Lanes.Number<TWide>(double.NegativeInfinity);
        new Span<TWide>(scores, from).Fill(hidden);
        int whole = (end + lane - 1) / lane * lane;
        new Span<TWide>(scores + end, whole - end).Fill(hidden);
        new Span<TWide>(scores + whole, room - whole).Clear();
        Vector512<TWide> highest = Vector512.Load(scores);
        for (int j = lane; j < whole; j += lane)
            highest = Vector512.Max(highest, Vector512.Load(scores + j));
        double max = double.NegativeInfinity;
        for (int i = 0; i < lane; i++)
            max = Math.Max(max, Lanes.Double(highest[i]));
        Vector512<TWide> factor = Lanes.Create<TWide>(scale);
        Vector512<TWide> shift = Lanes.Create<TWide>(max);
        Vector512<TWide> sums = default;
        for (int j = 0; j < whole; j += lane)
        {
            Vector512<TWide> p = Lanes.Exp((Vector512.Load(scores + j) - shift) * factor);
            sums += p;
            Vector512.Store(p, scores + j);
        }
        double sum = Lanes.Double(Vector512.Sum(sums));
        Vector512<TWide> inverse = Lanes.Create<TWide>(1 / sum);
        for (int j = 0; j < whole; j += lane)
            Vector512.Store(Vector512.Load(scores + j) * inverse, scores + j);
        return (max, sum);
    }

    /// <summary>
    /// Σ p V for up to four rows of probabilities, by two vectors of a value, over all values from <paramref name="start"/>.
    /// </summary>
    private static void WeighValues(
        TWide* p,
        int room,
        int rows,
        in CacheRows<TCompute> cache,
        int layer,
        int head,
        int start,
        int seen,
        int headWidth,
        TCompute** outputs
    )
    {
        int lane = Vector512<TWide>.Count;
        int last = rows - 1; // fewer than four rows: the last is repeated, and dropped when written
        nint row1 = Math.Min(1, last) * room;
        nint row2 = Math.Min(2, last) * room;
        nint row3 = Math.Min(3, last) * room;
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
            for (int from = start; from < start + seen; )
            {
                (int page, int row) = Math.DivRem(from, cache.PageTokens);
                int count = Math.Min(cache.PageTokens - row, start + seen - from);
                TCompute* v = cache.Values + cache.HeadStart(page, layer, head, headWidth) + (long)row * headWidth + at;
                TWide* weights = p + (from - start);
                for (int j = 0; j < count; j++, v += headWidth)
                {
                    Vector512<TWide> a = Lanes<TCompute, TWide>.Load(v, left);
                    Vector512<TWide> b = more > 0 ? Lanes<TCompute, TWide>.Load(v + lane, more) : default;
                    Vector512<TWide> weight = Vector512.Create(weights[j]);
                    a0 = Lanes.MultiplyAdd(weight, a, a0);
                    b0 = Lanes.MultiplyAdd(weight, b, b0);
                    weight = Vector512.Create(weights[row1 + j]);
                    a1 = Lanes.MultiplyAdd(weight, a, a1);
                    b1 = Lanes.MultiplyAdd(weight, b, b1);
                    weight = Vector512.Create(weights[row2 + j]);
                    a2 = Lanes.MultiplyAdd(weight, a, a2);
                    b2 = Lanes.MultiplyAdd(weight, b, b2);
                    weight = Vector512.Create(weights[row3 + j]);
                    a3 = Lanes.MultiplyAdd(weight, a, a3);
                    b3 = Lanes.MultiplyAdd(weight, b, b3);
                }
                from += count;
            }
            Put(outputs[0] + at, a0, b0, left, more);
            if (last > 0)
                Put(outputs[1] + at, a1, b1, left, more);
            if (last > 1)
                Put(outputs[2] + at, a2, b2, left, more);
            if (last > 2)
                Put(outputs[3] + at, a3, b3, left, more);
        }
    }

    private static void Put(TCompute* to, Vector512<TWide> a, Vector512<TWide> b, int left, int more)
    {
        Lanes<TCompute, TWide>.Store(to, a, left);
        if (more > 0)
            Lanes<TCompute, TWide>.Store(to + Vector512<TWide>.Count, b, more);
    }
}
