using Simper.Tensors;
using TorchSharp;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, H query heads, E head width.

/// <summary>
/// <see cref="AttentionKernel{TCompute, TWide}"/> on the processor's bfloat16 products (<see cref="MatrixUnit"/>): scores and
/// sums are float32, probabilities and their gradients are rounded to bfloat16 where they are multiplied. An item is a tree of
/// segments and a query head: the tree's keys and values are packed once, each segment in blocks of 64 keys; queries are taken a
/// block at a time with whole rows of scores, over the blocks of their ancestors and their own, which stay in the cache.
/// </summary>
internal static unsafe class TiledAttention
{
    /// <summary>Keys of a block, and most queries of one.</summary>
    private const int Block = 64;

    /// <summary>Blocks of queries are smaller where their scores would take more numbers than this.</summary>
    private const int MostScores = 1 << 16;

    /// <summary>Queries are filled up with zeros to a multiple of this: few kernels for many lengths.</summary>
    private const int Grain = 8;

    /// <summary>Keys that are summed over at once.</summary>
    private const int Depth = 4 * Block;

    /// <summary>Writes the outputs and log-sum-exps of the tree's tokens and the head.</summary>
    public readonly struct Forward : IJob
    {
        public required AttentionInputs<BFloat16> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required IReadOnlyList<(int First, int Count)> Trees { get; init; } // runs of segments
        public required BFloat16* Output { get; init; } // [T, H, E]
        public required float* LogSumExp { get; init; } // [T, H]

        public void Run(int item)
        {
            (int head, int e) = (item % Inputs.Heads, Inputs.HeadWidth);
            var tree = new Tree(Layout, Trees[item / Inputs.Heads], Inputs.Window);
            double cap = Inputs.SoftCap / Inputs.Scale;
            (int keys, int width, int most) = (tree.Keys, tree.LongestView, QueriesOf(tree.LongestView));
            var memory = new Memory(4L * keys * e * 2 + 8L * most * width + 8L * Block * (e + 8));
            BFloat16* rows = memory.Narrow((long)keys * e);
            BFloat16* probabilities = memory.Narrow((long)most * width);
            BFloat16* queries = memory.Narrow(Block * e);
            uint* keyPanels = memory.Pairs((long)keys * e / 2);
            uint* valuePairs = memory.Pairs((long)keys * e / 2);
            float* scores = memory.Wide((long)most * width);
            float* sums = memory.Wide(Block * (e + 16));
            float* inverses = memory.Wide(Block);
            tree.Gather(Inputs.KeyOf(head), Inputs.KeyStride, e, rows);
            Panels(rows, keys, e, keyPanels);
            tree.Gather(Inputs.ValueOf(head), Inputs.KeyStride, e, rows);
            Packing.PairRows(rows, e, keys, e, valuePairs, e);
            foreach (int s in tree.Segments)
            {
                TokenLayout.Segment segment = Layout.Segments[s];
                for (int first = 0; first < segment.Length; first += most)
                {
                    int count = Math.Min(most, segment.Length - first);
                    int filled = Up(count, Grain);
                    int from = segment.Start + first;
                    View view = tree.ViewOf(s, first, count);
                    Load(
                        Inputs.Query + (long)from * Inputs.QueryStride + head * e,
                        Inputs.QueryStride,
                        count,
                        filled,
                        e,
                        queries
                    );
                    Multiply(queries, filled, e, keyPanels, view, scores, width);
                    Cap(scores, width, count, view.Width, cap);
                    view.Mask(scores, width, count);
                    for (int i = 0; i < count; i++)
                    {
                        (LogSumExp[(long)(from + i) * Inputs.Heads + head], inverses[i]) = RowSoftmax.Forward(
                            scores + (long)i * width,
                            probabilities + (long)i * width,
                            (float)Inputs.Scale,
                            view.Width
                        );
                    }
                    Clear(probabilities, count, filled, width, view.Width);
                    Sum(probabilities, filled, width, valuePairs, view, e, sums);
                    for (int i = 0; i < count; i++)
                        RowSoftmax.Store(
                            sums + (long)i * e,
                            Output + ((long)(from + i) * Inputs.Heads + head) * e,
                            e,
                            inverses[i]
                        );
                }
            }
            MatrixUnit.Rest();
        }
    }

    /// <summary>
    /// Writes the head's query gradients, and its share of the keys' and values', which the heads of a key-value head add up
    /// later.
    /// </summary>
    public readonly struct Backward : IJob
    {
        public required AttentionInputs<BFloat16> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required IReadOnlyList<(int First, int Count)> Trees { get; init; } // runs of segments
        public required BFloat16* Output { get; init; } // [T, H, E]
        public required float* LogSumExp { get; init; } // [T, H]
        public required BFloat16* Flowing { get; init; } // dOutput [T, H, E]
        public required float* Query { get; init; } // dQuery [T, H, E]
        public required float* Key { get; init; } // [H, T, E], each head's share
        public required float* Value { get; init; } // [H, T, E]

        public void Run(int item)
        {
            (int head, int e) = (item % Inputs.Heads, Inputs.HeadWidth);
            var tree = new Tree(Layout, Trees[item / Inputs.Heads], Inputs.Window);
            double cap = Inputs.SoftCap / Inputs.Scale;
            (int keys, int width, int most) = (tree.Keys, tree.LongestView, QueriesOf(tree.LongestView));
            long matrix = (long)keys * e;
            long strip = (long)most * width;
            long block = Block * e;
            var memory = new Memory(16 * matrix + 12 * strip + 14 * block + 4 * Block * Block);
            BFloat16* rows = memory.Narrow(matrix);
            BFloat16* probabilities = memory.Narrow(strip);
            BFloat16* dScores = memory.Narrow(strip);
            BFloat16* queries = memory.Narrow(block);
            BFloat16* flowing = memory.Narrow(block);
            BFloat16* turned = memory.Narrow(Block * Block);
            uint* keyPanels = memory.Pairs(matrix / 2);
            uint* valuePanels = memory.Pairs(matrix / 2);
            uint* keyPairs = memory.Pairs(matrix / 2);
            uint* queryPairs = memory.Pairs(block / 2);
            uint* flowingPairs = memory.Pairs(block / 2);
            uint* turning = memory.Pairs(Block * Block / 2);
            float* dKey = memory.Wide(matrix);
            float* dValue = memory.Wide(matrix);
            float* scores = memory.Wide(strip);
            float* dProbabilities = memory.Wide(strip);
            float* dQuery = memory.Wide(block);
            tree.Gather(Inputs.ValueOf(head), Inputs.KeyStride, e, rows);
            Panels(rows, keys, e, valuePanels);
            tree.Gather(Inputs.KeyOf(head), Inputs.KeyStride, e, rows);
            Panels(rows, keys, e, keyPanels);
            Packing.PairRows(rows, e, keys, e, keyPairs, e);
            new Span<float>(dKey, (int)matrix).Clear();
            new Span<float>(dValue, (int)matrix).Clear();
            foreach (int s in tree.Segments)
            {
                TokenLayout.Segment segment = Layout.Segments[s];
                for (int first = 0; first < segment.Length; first += most)
                {
                    int count = Math.Min(most, segment.Length - first);
                    int filled = Up(count, Grain);
                    int from = segment.Start + first;
                    View view = tree.ViewOf(s, first, count);
                    Load(
                        Inputs.Query + (long)from * Inputs.QueryStride + head * e,
                        Inputs.QueryStride,
                        count,
                        filled,
                        e,
                        queries
                    );
                    Load(Flowing + ((long)from * Inputs.Heads + head) * e, Inputs.Heads * e, count, filled, e, flowing);
                    Packing.PairRows(queries, e, filled, e, queryPairs, e);
                    Packing.PairRows(flowing, e, filled, e, flowingPairs, e);
                    Multiply(queries, filled, e, keyPanels, view, scores, width);
                    Multiply(flowing, filled, e, valuePanels, view, dProbabilities, width);
                    Cap(scores, width, count, view.Width, cap);
                    view.Mask(scores, width, count);
                    for (int i = 0; i < count; i++)
                    {
                        long at = (long)(from + i) * Inputs.Heads + head;
                        long row = (long)i * width;
                        RowSoftmax.Backward(
                            scores + row,
                            dProbabilities + row,
                            probabilities + row,
                            dScores + row,
                            (float)Inputs.Scale,
                            view.Width,
                            LogSumExp[at],
                            RowSoftmax.Dot(flowing + (long)i * e, Output + at * e, e),
                            cap
                        );
                    }
                    Clear(probabilities, count, filled, width, view.Width);
                    Clear(dScores, count, filled, width, view.Width);
                    Sum(dScores, filled, width, keyPairs, view, e, dQuery);
                    for (int i = 0; i < count; i++)
                        new Span<float>(dQuery + (long)i * e, e).CopyTo(
                            new Span<float>(Query + ((long)(from + i) * Inputs.Heads + head) * e, e)
                        );
                    foreach (View.Part part in view.Parts)
                    {
                        for (int j = 0; j < part.Columns; j += Block)
                        {
                            Scatter(
                                dScores + part.At + j,
                                filled,
                                width,
                                turned,
                                turning,
                                queryPairs,
                                e,
                                dKey + (long)(part.Key + j) * e
                            );
                            Scatter(
                                probabilities + part.At + j,
                                filled,
                                width,
                                turned,
                                turning,
                                flowingPairs,
                                e,
                                dValue + (long)(part.Key + j) * e
                            );
                        }
                    }
                }
            }
            long headStart = (long)head * Layout.Tokens * e;
            tree.PutBack(dKey, e, Key + headStart);
            tree.PutBack(dValue, e, Value + headStart);
            MatrixUnit.Rest();
        }
    }

    /// <summary>A tree's keys in blocks: each segment starts a new block, and is filled up to whole ones.</summary>
    private readonly struct Tree
    {
        private readonly TokenLayout _layout;
        private readonly int _first;
        private readonly int[] _keys; // where each segment's keys start
        private readonly int _window;

        public Tree(TokenLayout layout, (int First, int Count) run, int window)
        {
            (_layout, _first, _keys, _window) = (layout, run.First, new int[run.Count + 1], window);
            Segments = Enumerable.Range(run.First, run.Count);
            int[] views = new int[run.Count];
            int[] depths = new int[run.Count];
            for (int i = 0; i < run.Count; i++)
            {
                TokenLayout.Segment segment = layout.Segments[run.First + i];
                _keys[i + 1] = _keys[i] + Up(segment.Length, Block);
                views[i] = Up(segment.Length, Block) + (segment.Parent < 0 ? 0 : views[segment.Parent - run.First]);
                depths[i] = 1 + (segment.Parent < 0 ? 0 : depths[segment.Parent - run.First]);
                // What a block of queries sees, and what fills up each part's last block and begins the first one's.
                int reach = window > 0 && window < views[i] ? Up(window, Block) + (2 + depths[i]) * Block : views[i];
                LongestView = Math.Max(LongestView, Math.Min(reach, views[i]));
            }
        }

        public IEnumerable<int> Segments { get; }

        /// <summary>Keys of the tree, with what fills up its blocks.</summary>
        public int Keys => _keys[^1];

        /// <summary>Most keys that a token sees, filled up.</summary>
        public int LongestView { get; }

        /// <summary>What the tokens [first, first + count) of a segment see: whole blocks outside of the window are left out.</summary>
        public View ViewOf(int segment, int first, int count)
        {
            IReadOnlyList<TokenLayout.Segment> segments = _layout.Segments;
            int position = segments[segment].FirstPosition + first;
            int firstSeen = _window > 0 ? Math.Max(0, position - _window + 1) : 0;
            int depth = 0;
            for (int a = segment; a >= 0 && segments[a].FirstPosition + segments[a].Length > firstSeen; a = segments[a].Parent)
                depth++;
            var parts = new View.Part[depth];
            for (int a = segment; depth > 0; a = segments[a].Parent)
            {
                int hidden = Math.Max(0, firstSeen - segments[a].FirstPosition) / Block * Block;
                parts[--depth] = new View.Part(
                    _keys[a - _first] + hidden,
                    (a == segment ? first + count : segments[a].Length) - hidden,
                    segments[a].FirstPosition + hidden
                );
            }
            return new View(parts, position, _window);
        }

        /// <summary>A head's rows of the tree's tokens, in blocks, with zeros where these are filled up.</summary>
        public void Gather(BFloat16* head, int stride, int e, BFloat16* rows)
        {
            foreach (int s in Segments)
            {
                TokenLayout.Segment segment = _layout.Segments[s];
                Load(
                    head + (long)segment.Start * stride,
                    stride,
                    segment.Length,
                    Up(segment.Length, Block),
                    e,
                    rows + (long)_keys[s - _first] * e
                );
            }
        }

        /// <summary>Rows in blocks to the tree's tokens [T, E].</summary>
        public void PutBack(float* rows, int e, float* tokens)
        {
            foreach (int s in Segments)
            {
                TokenLayout.Segment segment = _layout.Segments[s];
                new Span<float>(rows + (long)_keys[s - _first] * e, segment.Length * e).CopyTo(
                    new Span<float>(tokens + (long)segment.Start * e, segment.Length * e)
                );
            }
        }
    }

    /// <summary>
    /// The keys that a block of queries sees, as they stand side by side in its rows of scores: the ancestors', then the
    /// segment's own.
    /// </summary>
    private readonly struct View
    {
        private readonly int _position; // of the first query
        private readonly int _window; // 0 for none

        public View(Part[] parts, int position, int window)
        {
            (Parts, _position, _window) = (parts, position, window);
            for (int i = 0; i < parts.Length; i++)
            {
                parts[i] = parts[i] with { At = Width };
                Width += parts[i].Columns;
            }
        }

        public Part[] Parts { get; }

        /// <summary>Scores of a row.</summary>
        public int Width { get; }

        /// <summary>
        /// Sets the scores of what fills up the blocks, of what comes later than the query, and of what lies before its window to
        /// minus infinity.
        /// </summary>
        public void Mask(float* scores, int row, int count)
        {
            for (int i = 0; i < count; i++)
            {
                foreach (Part part in Parts)
                {
                    float* from = scores + (long)i * row + part.At;
                    int seen = Math.Min(part.Length, _position + i + 1 - part.Position);
                    new Span<float>(from + seen, part.Columns - seen).Fill(float.NegativeInfinity);
                    if (_window > 0)
                        new Span<float>(from, Math.Clamp(_position + i + 1 - _window - part.Position, 0, seen)).Fill(
                            float.NegativeInfinity
                        );
                }
            }
        }

        /// <summary>Keys from <paramref name="Key"/> on, which have the positions from <paramref name="Position"/> on, standing from
        /// <see cref="At"/> on.</summary>
        public readonly record struct Part(int Key, int Length, int Position)
        {
            public int At { get; init; }

            public int Columns => Up(Length, Block);
        }
    }

    private static int Up(int number, int multiple) => (number + multiple - 1) / multiple * multiple;

    private static int QueriesOf(int width) => Math.Clamp(MostScores / width / Grain * Grain, 2 * Grain, Block);

    /// <summary>Rows of a head, with rows of zeros behind them.</summary>
    private static void Load(BFloat16* from, int stride, int count, int filled, int e, BFloat16* rows)
    {
        for (int i = 0; i < count; i++)
            new Span<BFloat16>(from + (long)i * stride, e).CopyTo(new Span<BFloat16>(rows + (long)i * e, e));
        new Span<BFloat16>(rows + (long)count * e, (filled - count) * e).Clear();
    }

    private static void Clear(BFloat16* rows, int from, int to, int row, int width)
    {
        for (int i = from; i < to; i++)
            new Span<BFloat16>(rows + (long)i * row, width).Clear();
    }

    /// <summary>In blocks of 64 keys their pairs along E: [keys / 64, E / 2, 64].</summary>
    private static void Panels(BFloat16* rows, int keys, int e, uint* panels)
    {
        for (int key = 0; key < keys; key += Block)
            Packing.PairColumns(rows + (long)key * e, e, Block, e, panels + (long)key * e / 2, Block);
    }

    /// <summary>rows panelsᵀ: a number for each of the rows and each key of the view.</summary>
    private static void Multiply(BFloat16* rows, int filled, int e, uint* panels, View view, float* result, int width)
    {
        foreach (View.Part part in view.Parts)
        {
            for (int key = 0; key < part.Columns; key += Block)
                MatrixUnit.Multiply(
                    filled,
                    Block,
                    e,
                    rows,
                    e,
                    panels + (long)(part.Key + key) * e / 2,
                    Block,
                    result + part.At + key,
                    width,
                    adds: false
                );
        }
    }

    /// <summary>Caps rows of scores that do not have their factor yet, by a cap that is divided by it.</summary>
    private static void Cap(float* scores, int row, int count, int width, double cap)
    {
        for (int i = 0; cap > 0 && i < count; i++)
            SoftCapKernel<float, float>.Row(scores + (long)i * row, width, cap);
    }

    /// <summary>weights pairs: the rows of the view's keys, weighted.</summary>
    private static void Sum(BFloat16* weights, int filled, int width, uint* pairs, View view, int e, float* result)
    {
        foreach (View.Part part in view.Parts)
        {
            for (int key = 0; key < part.Columns; key += Depth)
            {
                MatrixUnit.Multiply(
                    filled,
                    e,
                    Math.Min(Depth, part.Columns - key),
                    weights + part.At + key,
                    width,
                    pairs + (long)(part.Key + key) * e / 2,
                    e,
                    result,
                    e,
                    adds: part.At + key > 0
                );
            }
        }
    }

    /// <summary>Adds weightsᵀ rows to the gradients of a block of keys.</summary>
    private static void Scatter(
        BFloat16* weights,
        int filled,
        int width,
        BFloat16* turned,
        uint* turning,
        uint* rowPairs,
        int e,
        float* keys
    )
    {
        Packing.Transpose(weights, width, filled, Block, turned, filled, turning);
        MatrixUnit.Multiply(Block, e, filled, turned, filled, rowPairs, e, keys, e, adds: true);
    }

    // The thread's working memory, piece by piece, each at a whole cache line and with a vector of room behind it.
    private ref struct Memory(long bytes)
    {
        private const int Pieces = 16;
        private const int Room = 64;

        private byte* _next = (byte*)Scratch.Of(bytes + Pieces * 2 * Room);

        public BFloat16* Narrow(long numbers) => (BFloat16*)Next(2 * numbers);

        public uint* Pairs(long numbers) => (uint*)Next(4 * numbers);

        public float* Wide(long numbers) => (float*)Next(4 * numbers);

        private byte* Next(long bytes)
        {
            byte* piece = _next;
            _next += (bytes + Room + Room - 1) / Room * Room;
            return piece;
        }
    }
}
