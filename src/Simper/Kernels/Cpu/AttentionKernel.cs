using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, H query heads, K key-value heads, G = H / K, E head width, L keys that a segment sees.

/// <summary>
/// Softmax attention over segments, on the CPU, in the wide dtype. The keys that a segment attends to (its ancestors', then its
/// own) are gathered into one sequence, so within an item attention is plain causal attention of the sequence's last rows; query
/// rows are then taken a few at a time, with whole rows of scores, which stay in the cache.
/// </summary>
internal static unsafe class AttentionKernel<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    private static int Lane => Vector512<TWide>.Count;

    /// <summary>Query rows per tile, at most.</summary>
    private const int MostRows = 4 * MatrixTile.Rows;

    /// <summary>
    /// An item is a segment and a key-value head; it writes the outputs and log-sum-exps of that segment's G heads.
    /// </summary>
    public readonly struct Forward : IJob
    {
        public required AttentionInputs<TCompute> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required TCompute* Output { get; init; } // [T, H, E]
        public required TWide* LogSumExp { get; init; } // [T, H]

        public void Run(int item)
        {
            (int s, int kv) = (item / Inputs.KeyValueHeads, item % Inputs.KeyValueHeads);
            TokenLayout.Segment segment = Layout.Segments[s];
            int keys = segment.FirstPosition + segment.Length;
            int width = Up(Inputs.HeadWidth, Lane);
            int room = Room(keys);
            var scratch = (TWide*)Scratch.Of(sizeof(TWide) * ((long)room * width * 2 + (long)MostRows * (room + 2L * width)));
            TWide* keyPanels = scratch;
            TWide* values = keyPanels + (long)room * width;
            TWide* scores = values + (long)room * width;
            TWide* rows = scores + (long)MostRows * room;
            TWide* sums = rows + (long)MostRows * width;
            GatherPanels(Inputs.Key + kv * Inputs.HeadWidth, s, keys, width, keyPanels);
            GatherRows(Inputs.Value + kv * Inputs.HeadWidth, s, keys, width, values);
            for (int g = 0; g < Inputs.Groups; g++)
            {
                int head = kv * Inputs.Groups + g;
                for (int first = 0; first < segment.Length; first += MostRows)
                {
                    int count = Math.Min(MostRows, segment.Length - first);
                    int position = segment.FirstPosition + first;
                    int seen = position + count;
                    int start = FirstPanel(Inputs.FirstSeen(position));
                    LoadRows(
                        Inputs.Query + (long)(segment.Start + first) * Inputs.QueryStride + head * Inputs.HeadWidth,
                        Inputs.QueryStride,
                        count,
                        Inputs.HeadWidth,
                        width,
                        Inputs.Scale,
                        rows
                    );
                    Scores(rows, count, keyPanels, start, seen, Inputs.HeadWidth, width, scores, room);
                    for (int i = 0; i < count; i++)
                    {
                        long at = (long)(segment.Start + first + i) * Inputs.Heads + head;
                        LogSumExp[at] = ScoreRow<TWide>.Softmax(
                            scores + (long)i * room + start,
                            Inputs.FirstSeen(position + i) - start,
                            position + i + 1 - start,
                            Up(seen, Lane) - start,
                            Inputs.SoftCap
                        );
                    }
                    for (int i = 0; i < count; i += MatrixTile.Rows)
                        MatrixTile.Multiply(
                            scores + (long)i * room + start,
                            room,
                            1,
                            values + (long)start * width,
                            width,
                            sums + (long)i * width,
                            width,
                            seen - start,
                            width / Lane,
                            adds: false
                        );
                    for (int i = 0; i < count; i++)
                        StoreRow(
                            sums + (long)i * width,
                            Output + ((long)(segment.Start + first + i) * Inputs.Heads + head) * Inputs.HeadWidth,
                            Inputs.HeadWidth,
                            1
                        );
                }
            }
        }

        private void GatherPanels(TCompute* heads, int segment, int keys, int width, TWide* panels) =>
            AttentionKernel<TCompute, TWide>.GatherPanels(
                heads,
                Inputs.KeyStride,
                Layout,
                segment,
                keys,
                Inputs.HeadWidth,
                width,
                panels
            );

        private void GatherRows(TCompute* heads, int segment, int keys, int width, TWide* rows) =>
            AttentionKernel<TCompute, TWide>.GatherRows(
                heads,
                Inputs.KeyStride,
                Layout,
                segment,
                keys,
                Inputs.HeadWidth,
                width,
                rows
            );
    }

    /// <summary>
    /// An item is a tree of segments and a query head. It writes that head's query gradients, and its contribution to the
    /// gradients of keys and values, which are summed over the G heads of a key-value head later.
    /// </summary>
    public readonly struct Backward : IJob
    {
        public required AttentionInputs<TCompute> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required IReadOnlyList<(int First, int Count)> Trees { get; init; } // runs of segments
        public required TCompute* Output { get; init; } // [T, H, E]
        public required TWide* LogSumExp { get; init; } // [T, H]
        public required TCompute* Flowing { get; init; } // dOutput [T, H, E]
        public required TWide* Query { get; init; } // dQuery [T, H, E]
        public required TWide* Key { get; init; } // [H, T, E], each head's contribution
        public required TWide* Value { get; init; } // [H, T, E]

        public void Run(int item)
        {
            (int tree, int head) = (item / Inputs.Heads, item % Inputs.Heads);
            (int firstSegment, int segments) = Trees[tree];
            long headStart = (long)head * Layout.Tokens * Inputs.HeadWidth;
            int start = Layout.Segments[firstSegment].Start;
            int end = Layout.Segments[firstSegment + segments - 1].End;
            new Span<TWide>(Key + headStart + (long)start * Inputs.HeadWidth, (end - start) * Inputs.HeadWidth).Clear();
            new Span<TWide>(Value + headStart + (long)start * Inputs.HeadWidth, (end - start) * Inputs.HeadWidth).Clear();
            for (int s = firstSegment; s < firstSegment + segments; s++)
                RunSegment(s, head, headStart);
        }

        private void RunSegment(int s, int head, long headStart)
        {
            TokenLayout.Segment segment = Layout.Segments[s];
            int e = Inputs.HeadWidth;
            int keys = segment.FirstPosition + segment.Length;
            int width = Up(e, Lane);
            int room = Room(keys);
            int kv = head / Inputs.Groups;
            long matrix = (long)room * width;
            long block = (long)MostRows * width;
            var scratch = (TWide*)Scratch.Of(sizeof(TWide) * (matrix * 5 + (long)MostRows * room * 2 + block * 3));
            TWide* keyPanels = scratch;
            TWide* valuePanels = keyPanels + matrix;
            TWide* keyRows = valuePanels + matrix;
            TWide* dKey = keyRows + matrix;
            TWide* dValue = dKey + matrix;
            TWide* scores = dValue + matrix;
            TWide* dScores = scores + (long)MostRows * room;
            TWide* query = dScores + (long)MostRows * room;
            TWide* flowing = query + block;
            TWide* dQuery = flowing + block;
            TCompute* keyHeads = Inputs.Key + kv * e;
            GatherPanels(keyHeads, Inputs.KeyStride, Layout, s, keys, e, width, keyPanels);
            GatherPanels(Inputs.Value + kv * e, Inputs.KeyStride, Layout, s, keys, e, width, valuePanels);
            GatherRows(keyHeads, Inputs.KeyStride, Layout, s, keys, e, width, keyRows);
            new Span<TWide>(dKey, (int)matrix * 2).Clear();

            for (int first = 0; first < segment.Length; first += MostRows)
            {
                int count = Math.Min(MostRows, segment.Length - first);
                int position = segment.FirstPosition + first;
                int seen = position + count;
                int start = FirstPanel(Inputs.FirstSeen(position));
                int from = segment.Start + first;
                LoadRows(
                    Inputs.Query + (long)from * Inputs.QueryStride + head * e,
                    Inputs.QueryStride,
                    count,
                    e,
                    width,
                    Inputs.Scale,
                    query
                );
                LoadRows(Flowing + ((long)from * Inputs.Heads + head) * e, Inputs.Heads * e, count, e, width, 1, flowing);
                Scores(query, count, keyPanels, start, seen, e, width, scores, room);
                Scores(flowing, count, valuePanels, start, seen, e, width, dScores, room);
                for (int i = 0; i < count; i++)
                {
                    long at = (long)(from + i) * Inputs.Heads + head;
                    ScoreRow<TWide>.Gradient(
                        scores + (long)i * room + start,
                        dScores + (long)i * room + start,
                        Inputs.FirstSeen(position + i) - start,
                        position + i + 1 - start,
                        Up(seen + MatrixTile.Rows - 1, Lane) - start,
                        LogSumExp[at],
                        Dot(flowing + (long)i * width, Output + at * e, e),
                        Inputs.SoftCap
                    );
                }
                for (int i = 0; i < count; i += MatrixTile.Rows)
                    MatrixTile.Multiply(
                        dScores + (long)i * room + start,
                        room,
                        1,
                        keyRows + (long)start * width,
                        width,
                        dQuery + (long)i * width,
                        width,
                        seen - start,
                        width / Lane,
                        adds: false
                    );
                for (int i = 0; i < count; i++)
                    StoreWide(dQuery + (long)i * width, Query + ((long)(from + i) * Inputs.Heads + head) * e, e, Inputs.Scale);
                // The scale of the keys' gradients is already in the queries.
                for (int j = start; j < seen; j += MatrixTile.Rows)
                {
                    MatrixTile.Multiply(
                        dScores + j,
                        1,
                        room,
                        query,
                        width,
                        dKey + (long)j * width,
                        width,
                        count,
                        width / Lane,
                        adds: true
                    );
                    MatrixTile.Multiply(
                        scores + j,
                        1,
                        room,
                        flowing,
                        width,
                        dValue + (long)j * width,
                        width,
                        count,
                        width / Lane,
                        adds: true
                    );
                }
            }
            AddBack(dKey, Key + headStart, s, width);
            AddBack(dValue, Value + headStart, s, width);
        }

        // Scatters the gathered rows' gradients to the tokens they came from.
        private void AddBack(TWide* gathered, TWide* tokens, int s, int width)
        {
            int e = Inputs.HeadWidth;
            for (int a = s; a >= 0; a = Layout.Segments[a].Parent)
            {
                TokenLayout.Segment seen = Layout.Segments[a];
                for (int i = 0; i < seen.Length; i++)
                {
                    TWide* from = gathered + (long)(seen.FirstPosition + i) * width;
                    TWide* to = tokens + (long)(seen.Start + i) * e;
                    for (int j = 0; j < e; j += Lane)
                        Lanes<TWide, TWide>.Store(
                            to + j,
                            Lanes<TWide, TWide>.Load(to + j, e - j) + Vector512.Load(from + j),
                            e - j
                        );
                }
            }
        }
    }

    /// <summary>Capacity in keys: whole vectors, and whole tiles of rows.</summary>
    private static int Room(int keys) => Up(keys, Lane) + Up(MatrixTile.Rows, Lane);

    private static int Up(int number, int multiple) => (number + multiple - 1) / multiple * multiple;

    /// <summary>Rows of a head, wide and scaled, zero-padded to whole vectors and whole tiles.</summary>
    private static void LoadRows(TCompute* from, int stride, int count, int headWidth, int width, double scale, TWide* rows)
    {
        Vector512<TWide> factor = Lanes.Create<TWide>(scale);
        for (int i = 0; i < count; i++)
        {
            for (int e = 0; e < width; e += Lane)
                Vector512.Store(
                    factor * (e < headWidth ? Lanes<TCompute, TWide>.Load(from + (long)i * stride + e, headWidth - e) : default),
                    rows + (long)i * width + e
                );
        }
        new Span<TWide>(rows + (long)count * width, (Up(count, MatrixTile.Rows) - count) * width).Clear();
    }

    /// <summary>The rows of a head that a segment attends to, in position order, wide.</summary>
    private static void GatherRows(
        TCompute* heads,
        int stride,
        TokenLayout layout,
        int segment,
        int keys,
        int headWidth,
        int width,
        TWide* rows
    )
    {
        for (int a = segment; a >= 0; a = layout.Segments[a].Parent)
        {
            TokenLayout.Segment seen = layout.Segments[a];
            for (int i = 0; i < seen.Length; i++)
            {
                TCompute* from = heads + (long)(seen.Start + i) * stride;
                TWide* to = rows + (long)(seen.FirstPosition + i) * width;
                for (int e = 0; e < width; e += Lane)
                    Vector512.Store(Lanes<TCompute, TWide>.Load(from + e, headWidth - e), to + e);
            }
        }
        new Span<TWide>(rows + (long)keys * width, (Room(keys) - keys) * width).Clear();
    }

    /// <summary>
    /// The same rows with keys along the vectors: panels of up to four vectors of keys, each with one row per element of E. A
    /// panel starts at (its first key) * width.
    /// </summary>
    private static void GatherPanels(
        TCompute* heads,
        int stride,
        TokenLayout layout,
        int segment,
        int keys,
        int headWidth,
        int width,
        TWide* panels
    )
    {
        int padded = Up(keys, Lane);
        for (int a = segment; a >= 0; a = layout.Segments[a].Parent)
        {
            TokenLayout.Segment seen = layout.Segments[a];
            for (int i = 0; i < seen.Length; i++)
            {
                int key = seen.FirstPosition + i;
                int panel = key / (4 * Lane) * 4 * Lane;
                int across = Math.Min(4 * Lane, padded - panel);
                TCompute* from = heads + (long)(seen.Start + i) * stride;
                TWide* to = panels + (long)panel * width + key - panel;
                for (int e = 0; e < headWidth; e++)
                    to[(long)e * across] = Lanes<TCompute, TWide>.Load1(from + e);
            }
        }
        for (int key = keys; key < padded; key++)
        {
            int panel = key / (4 * Lane) * 4 * Lane;
            int across = Math.Min(4 * Lane, padded - panel);
            for (int e = 0; e < headWidth; e++)
                panels[(long)panel * width + (long)e * across + key - panel] = default;
        }
        // Rows headWidth .. width of a panel are never read: the depth of the product is the head's width.
    }

    /// <summary>The first key of the panel that contains a key.</summary>
    private static int FirstPanel(int key) => key / (4 * Lane) * (4 * Lane);

    /// <summary>
    /// rows times panels: scores of <paramref name="count"/> queries against keys from <paramref name="start"/>, where a panel
    /// starts, to <paramref name="seen"/>.
    /// </summary>
    private static void Scores(
        TWide* rows,
        int count,
        TWide* panels,
        int start,
        int seen,
        int headWidth,
        int width,
        TWide* scores,
        int room
    )
    {
        // The width of the last panel depends on all keys, not on those attended to: it is the stride of its rows.
        int padded = room - Up(MatrixTile.Rows, Lane);
        for (int panel = start; panel < seen; panel += 4 * Lane)
        {
            int across = Math.Min(4 * Lane, padded - panel);
            int vectors = Math.Min(across, Up(seen - panel, Lane)) / Lane;
            for (int i = 0; i < count; i += MatrixTile.Rows)
                MatrixTile.Multiply(
                    rows + (long)i * width,
                    width,
                    1,
                    panels + (long)panel * width,
                    across,
                    scores + (long)i * room + panel,
                    room,
                    headWidth,
                    vectors,
                    adds: false
                );
        }
    }

    private static TWide Dot(TWide* a, TCompute* b, int count)
    {
        Vector512<TWide> sum = default;
        for (int i = 0; i < count; i += Lane)
            sum = Lanes.MultiplyAdd(Vector512.Load(a + i), Lanes<TCompute, TWide>.Load(b + i, count - i), sum);
        return Vector512.Sum(sum);
    }

    private static void StoreRow(TWide* row, TCompute* to, int count, double scale)
    {
        Vector512<TWide> factor = Lanes.Create<TWide>(scale);
        for (int i = 0; i < count; i += Lane)
            Lanes<TCompute, TWide>.Store(to + i, factor * Vector512.Load(row + i), count - i);
    }

    private static void StoreWide(TWide* row, TWide* to, int count, double scale)
    {
        Vector512<TWide> factor = Lanes.Create<TWide>(scale);
        for (int i = 0; i < count; i += Lane)
            Lanes<TWide, TWide>.Store(to + i, factor * Vector512.Load(row + i), count - i);
    }
}
