using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

// Legend: T tokens, H query heads, K key-value heads, G = H / K, E head width, n keys, c queries.

/// <summary>
/// Softmax attention, tree by tree of a layout, in the wide dtype: a chunk of queries at a time against all keys that any of them
/// attends to, masked per query. Queries of the G heads that share keys are rows of one product.
/// </summary>
internal sealed class TorchAttention(Precision precision, Device device) : IDisposable
{
    /// <summary>Queries per chunk, at most: fewer skip more of the later keys, more mean fewer calls.</summary>
    private const int MostQueries = 256;

    private LayoutTables? _tables;

    /// <summary>Most scores at a time.</summary>
    public long ScoreNumbers { get; set; } = Slices.Numbers;

    public (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape)
    {
        using var scope = NewDisposeScope();
        LayoutTables tables = Tables(layout);
        Tensor heads = TorchHeads.Of(queryKeyValue, shape);
        Tensor output = empty([layout.Tokens, shape.QueryWidth], dtype: precision.Compute, device: device);
        Tensor logSumExp = empty([layout.Tokens, shape.Heads], dtype: precision.Wide, device: device);
        foreach ((int First, int Count) tree in layout.Trees())
        {
            using var treeScope = NewDisposeScope();
            (int start, int tokens) = Axis(layout, tree);
            (Tensor key, Tensor value) = TorchHeads.KeyValue(heads, start, tokens, shape, precision.Wide);
            foreach (QueryChunk chunk in tables.Chunks(tree, Queries(tokens, shape), shape.Window))
            {
                using var chunkScope = NewDisposeScope();
                (Tensor attended, Tensor sums) = Chunk(
                    Query(heads, chunk.First, chunk.Count, shape),
                    key.narrow(1, chunk.FirstKey - start, chunk.Keys),
                    value.narrow(1, chunk.FirstKey - start, chunk.Keys),
                    tables.Hidden(chunk, shape.Window),
                    shape
                );
                output.narrow(0, chunk.First, chunk.Count).copy_(attended);
                logSumExp.narrow(0, chunk.First, chunk.Count).copy_(sums);
            }
        }
        return (output.MoveToOuterDisposeScope(), logSumExp.MoveToOuterDisposeScope());
    }

    public Tensor Backward(Tensor gradient, Tensor queryKeyValue, Tensor output, Tensor logSumExp, Positions at, HeadShape shape)
    {
        using var scope = NewDisposeScope();
        LayoutTables tables = Tables(at.Layout);
        var pass = new TorchAttentionBackward(gradient, queryKeyValue, output, logSumExp, shape, precision);
        foreach ((int First, int Count) tree in at.Layout.Trees())
        {
            (int start, int tokens) = Axis(at.Layout, tree);
            pass.Add(start, tokens, tables.Chunks(tree, Queries(tokens, shape), shape.Window), tables);
        }
        return pass.TurnedBack(at).MoveToOuterDisposeScope();
    }

    public Tensor AttendCached(
        Tensor queryKeyValue,
        TokenLayout fresh,
        IReadOnlyList<CachedHeads> caches,
        int layer,
        HeadShape shape,
        Tensor? logSumExp
    )
    {
        using var scope = NewDisposeScope();
        Tensor heads = TorchHeads.Of(queryKeyValue, shape);
        for (int s = 0; s < caches.Count; s++)
            Append(heads, fresh.Segments[s], caches[s], layer, shape);
        if (fresh.Tokens > caches.Count && caches.All(c => c.Length == 0))
        {
            (Tensor attended, Tensor sums) = Attend(queryKeyValue, fresh, shape);
            logSumExp?.copy_(sums);
            return attended.MoveToOuterDisposeScope();
        }
        Tensor output = empty([fresh.Tokens, shape.QueryWidth], dtype: precision.Compute, device: device);
        for (int s = 0; s < caches.Count; s++)
            AttendSequence(heads, fresh.Segments[s], caches[s], layer, shape, output, logSumExp);
        return output.MoveToOuterDisposeScope();
    }

    private void Append(Tensor heads, TokenLayout.Segment segment, CachedHeads cache, int layer, HeadShape shape)
    {
        using var scope = NewDisposeScope();
        (Tensor key, Tensor value) = TorchHeads.KeyValue(heads, segment.Start, segment.Length, shape, precision.Compute);
        if (cache.Pages is { } pages)
        {
            AppendToPages(cache.Keys.select(1, layer), key, pages, cache.Length);
            AppendToPages(cache.Values.select(1, layer), value, pages, cache.Length);
            return;
        }
        cache.Keys.select(0, layer).narrow(1, cache.Length, segment.Length).copy_(key);
        cache.Values.select(0, layer).narrow(1, cache.Length, segment.Length).copy_(value);
    }

    // Pages [N, K, P, E], new rows [K, n, E].
    private static void AppendToPages(Tensor pages, Tensor rows, int[] order, int at)
    {
        int room = (int)pages.size(2);
        for (int done = 0, total = (int)rows.size(1); done < total; )
        {
            (int page, int row) = Math.DivRem(at + done, room);
            int count = Math.Min(room - row, total - done);
            pages.select(0, order[page]).narrow(1, row, count).copy_(rows.narrow(1, done, count));
            done += count;
        }
    }

    /// <summary>A layer's rows [K, n, E], wide, from a position on.</summary>
    private Tensor Rows(Tensor heads, int[]? pages, int layer, int first, int count)
    {
        if (pages is null)
            return heads.select(0, layer).narrow(1, first, count).to(precision.Wide);
        Tensor chosen = heads.select(1, layer).index_select(0, tensor([.. pages.Select(p => (long)p)], device: device));
        return chosen.transpose(0, 1).flatten(1, 2).narrow(1, first, count).to(precision.Wide);
    }

    // What follows the last token was never written, and is not read.
    private void AttendSequence(
        Tensor heads,
        TokenLayout.Segment segment,
        CachedHeads cache,
        int layer,
        HeadShape shape,
        Tensor output,
        Tensor? logSumExp
    )
    {
        int most = Queries(cache.Length + segment.Length, shape);
        for (int first = 0; first < segment.Length; first += most)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(most, segment.Length - first);
            int position = cache.Length + first;
            int firstKey = shape.Window > 0 ? Math.Max(0, position - shape.Window + 1) : 0;
            int keys = position + count - firstKey;
            (Tensor attended, Tensor sums) = Chunk(
                Query(heads, segment.Start + first, count, shape),
                Rows(cache.Keys, cache.Pages, layer, firstKey, keys),
                Rows(cache.Values, cache.Pages, layer, firstKey, keys),
                count == 1 ? null : Hidden(position, count, firstKey, keys, shape.Window),
                shape
            );
            output.narrow(0, segment.Start + first, count).copy_(attended);
            logSumExp?.narrow(0, segment.Start + first, count).copy_(sums);
        }
    }

    // Within one sequence.
    private Tensor Hidden(int position, int count, int firstKey, int keys, int window)
    {
        Tensor key = tensor([.. Enumerable.Range(firstKey, keys)], device: device).unsqueeze(0);
        Tensor query = tensor([.. Enumerable.Range(position, count)], device: device).unsqueeze(1);
        Tensor hidden = key.gt(query);
        return window > 0 ? hidden.logical_or_(key.le(query.Plus(-(long)window))) : hidden;
    }

    /// <summary>Output [c, H E] and log-sum-exp [c, H] of queries [K, G c, E] over keys and values [K, n, E], wide.</summary>
    private static (Tensor Output, Tensor LogSumExp) Chunk(
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor? hidden,
        HeadShape shape
    )
    {
        (Tensor scores, _) = Scores(query, key, shape);
        if (hidden is not null)
            ByQuery(scores, hidden).MaskInPlace(hidden, double.NegativeInfinity);
        Tensor highest = scores.amax([-1], keepdim: true);
        scores.sub_(highest);
        scores.exp_();
        Tensor sum = scores.sum(-1, keepdim: true);
        Tensor attended = scores.bmm(value) / sum;
        return (
            TorchHeads.Ungrouped(attended, shape).flatten(1),
            TorchHeads.Ungrouped(sum.log().Plus(highest), shape).squeeze(-1)
        );
    }

    /// <summary>Scores [K, G c, n], and if they are capped their tanh.</summary>
    public static (Tensor Scores, Tensor? Tanh) Scores(Tensor query, Tensor key, HeadShape shape)
    {
        Tensor scores = query.bmm(key.transpose(1, 2));
        if (shape.SoftCap == 0)
            return (scores, null);
        Tensor tanh = scores.Over(shape.SoftCap).tanh_();
        return (tanh.Times(shape.SoftCap), tanh);
    }

    /// <summary>Queries [K, G c, E] of some tokens, wide and scaled.</summary>
    private Tensor Query(Tensor heads, long first, long count, HeadShape shape) =>
        TorchHeads.Grouped(heads.narrow(0, first, count).narrow(1, 0, shape.Heads), shape).to(precision.Wide).Times(shape.Scale);

    /// <summary>Scores [K, G c, n] seen as [K G, c, n], so that a mask [c, n] is every head's.</summary>
    public static Tensor ByQuery(Tensor scores, Tensor hidden) => scores.view(-1, hidden.size(0), hidden.size(1));

    private int Queries(long keys, HeadShape shape) => (int)Math.Clamp(ScoreNumbers / (shape.Heads * keys), 1, MostQueries);

    private static (int Start, int Tokens) Axis(TokenLayout layout, (int First, int Count) tree)
    {
        int start = layout.Segments[tree.First].Start;
        return (start, layout.Segments[tree.First + tree.Count - 1].End - start);
    }

    private LayoutTables Tables(TokenLayout layout)
    {
        if (!ReferenceEquals(_tables?.Layout, layout))
        {
            _tables?.Dispose();
            _tables = new LayoutTables(layout, device);
        }
        return _tables!;
    }

    public void Dispose()
    {
        _tables?.Dispose();
        _tables = null;
    }
}
