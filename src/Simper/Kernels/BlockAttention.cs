using System.Runtime.Intrinsics;
using Simper.Tensors;
using TorchSharp;

namespace Simper.Kernels;

// Legend: T tokens, H query heads, K key-value heads, G = H / K, E head width.

/// <summary>
/// <see cref="AttentionKernel{TCompute, TWide}"/> on the processor's bfloat16 products (<see cref="MatrixUnit"/>): scores and sums are float32,
/// probabilities and their gradients are rounded to bfloat16 where they are multiplied. A segment's keys are gathered into one sequence and packed in
/// blocks of 64; queries are taken a block at a time with whole rows of scores, which stay in the cache.
/// </summary>
internal static unsafe class BlockAttention
{
    /// <summary>Keys of a block, and most queries of one.</summary>
    private const int Block = 64;

    /// <summary>Blocks of queries are smaller where their scores would take more numbers than this.</summary>
    private const int MostScores = 1 << 16;

    /// <summary>Queries are filled up with zeros to a multiple of this: few kernels for many lengths.</summary>
    private const int Grain = 8;

    private static readonly int Lane = Vector512<float>.Count;

    /// <summary>An item is a segment and a key-value head; it writes the outputs and log-sum-exps of that segment's G heads.</summary>
    public readonly struct Forward : IJob
    {
        public required AttentionInputs<BFloat16> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required BFloat16* Output { get; init; }     // [T, H, E]
        public required float* LogSumExp { get; init; }     // [T, H]

        public void Run(int item)
        {
            (int s, int kv) = (item / Inputs.KeyValueHeads, item % Inputs.KeyValueHeads);
            TokenLayout.Segment segment = Layout.Segments[s];
            int e = Inputs.HeadWidth, keys = segment.FirstPosition + segment.Length, room = Up(keys, Block), most = QueriesOf(room);
            var layout = new Layouts(Scratch.Of(Sizes(room, e, most)));
            BFloat16* rows = layout.Narrow((long)room * e), probabilities = layout.Narrow((long)most * room), queries = layout.Narrow(Block * e);
            uint* keyPanels = layout.Pairs((long)room * e / 2), valuePairs = layout.Pairs((long)room * e / 2);
            float* scores = layout.Wide((long)most * room), sums = layout.Wide(Block * e + Lane), inverses = layout.Wide(Block);
            GatherPanels(Inputs.Key + kv * e, Inputs, Layout, s, keys, room, rows, keyPanels);
            GatherPairs(Inputs.Value + kv * e, Inputs, Layout, s, keys, room, rows, valuePairs);
            for (int g = 0; g < Inputs.Groups; g++)
            {
                int head = kv * Inputs.Groups + g;
                for (int first = 0; first < segment.Length; first += most)
                {
                    int count = Math.Min(most, segment.Length - first), filled = Up(count, Grain), seen = segment.FirstPosition + first + count, from = segment.Start + first;
                    Load(Inputs.Query + (long)from * Inputs.QueryStride + head * e, Inputs.QueryStride, count, filled, e, queries);
                    Multiply(queries, filled, e, keyPanels, seen, scores, room);
                    for (int i = 0; i < count; i++)
                    {
                        (LogSumExp[(long)(from + i) * Inputs.Heads + head], inverses[i]) =
                            Softmax(scores + (long)i * room, probabilities + (long)i * room, (float)Inputs.Scale, seen - count + i + 1, Up(seen, Block));
                    }
                    new Span<BFloat16>(probabilities + (long)count * room, (filled - count) * room).Clear();
                    Gather(probabilities, filled, room, valuePairs, seen, e, sums, e);
                    for (int i = 0; i < count; i++)
                        Store(sums + (long)i * e, Output + ((long)(from + i) * Inputs.Heads + head) * e, e, inverses[i]);
                }
            }
            MatrixUnit.Rest();
        }

        private static long Sizes(int room, int e, int most) =>
            2L * ((long)room * e + (long)most * room + Block * e) + 4L * ((long)room * e + (long)most * room + Block * e + Lane + Block) + 8 * 64;
    }

    /// <summary>
    /// An item is a tree of segments and a query head. It writes that head's query gradients, and its share of the keys' and values'
    /// gradients, which the G heads of a key-value head add up later.
    /// </summary>
    public readonly struct Backward : IJob
    {
        public required AttentionInputs<BFloat16> Inputs { get; init; }
        public required TokenLayout Layout { get; init; }
        public required IReadOnlyList<(int First, int Count)> Trees { get; init; }  // runs of segments
        public required BFloat16* Output { get; init; }     // [T, H, E]
        public required float* LogSumExp { get; init; }     // [T, H]
        public required BFloat16* Flowing { get; init; }    // dOutput [T, H, E]
        public required float* Query { get; init; }         // dQuery [T, H, E]
        public required float* Key { get; init; }           // [H, T, E], each head's share
        public required float* Value { get; init; }         // [H, T, E]

        public void Run(int item)
        {
            (int tree, int head) = (item / Inputs.Heads, item % Inputs.Heads);
            (int firstSegment, int segments) = Trees[tree];
            long headStart = (long)head * Layout.Tokens * Inputs.HeadWidth;
            int start = Layout.Segments[firstSegment].Start, end = Layout.Segments[firstSegment + segments - 1].End;
            new Span<float>(Key + headStart + (long)start * Inputs.HeadWidth, (end - start) * Inputs.HeadWidth).Clear();
            new Span<float>(Value + headStart + (long)start * Inputs.HeadWidth, (end - start) * Inputs.HeadWidth).Clear();
            for (int s = firstSegment; s < firstSegment + segments; s++)
                RunSegment(s, head, headStart);
            MatrixUnit.Rest();
        }

        private void RunSegment(int s, int head, long headStart)
        {
            TokenLayout.Segment segment = Layout.Segments[s];
            int e = Inputs.HeadWidth, keys = segment.FirstPosition + segment.Length, room = Up(keys, Block), most = QueriesOf(room), kv = head / Inputs.Groups;
            long matrix = (long)room * e, strip = (long)most * room, block = Block * e;
            var layout = new Layouts(Scratch.Of(2 * (matrix + 2 * strip + 2 * block + Block * Block) + 4 * (3 * matrix / 2 + block + Block * Block / 2 + 2 * matrix + 2 * Lane + 2 * strip + block) + 16 * 64));
            BFloat16* rows = layout.Narrow(matrix), probabilities = layout.Narrow(strip), dScores = layout.Narrow(strip);
            BFloat16* queries = layout.Narrow(block), flowing = layout.Narrow(block), turned = layout.Narrow(Block * Block);
            uint* keyPanels = layout.Pairs(matrix / 2), valuePanels = layout.Pairs(matrix / 2), keyPairs = layout.Pairs(matrix / 2);
            uint* queryPairs = layout.Pairs(block / 2), flowingPairs = layout.Pairs(block / 2), pairs = layout.Pairs(Block * Block / 2);
            float* dKey = layout.Wide(matrix + Lane), dValue = layout.Wide(matrix + Lane), scores = layout.Wide(strip), wideDScores = layout.Wide(strip), dQuery = layout.Wide(block);
            GatherPanels(Inputs.Value + kv * e, Inputs, Layout, s, keys, room, rows, valuePanels);
            GatherPanels(Inputs.Key + kv * e, Inputs, Layout, s, keys, room, rows, keyPanels);
            Packing.PairRows(rows, e, room, e, keyPairs, e);
            new Span<float>(dKey, (int)matrix).Clear();
            new Span<float>(dValue, (int)matrix).Clear();

            for (int first = 0; first < segment.Length; first += most)
            {
                int count = Math.Min(most, segment.Length - first), filled = Up(count, Grain), seen = segment.FirstPosition + first + count, from = segment.Start + first;
                Load(Inputs.Query + (long)from * Inputs.QueryStride + head * e, Inputs.QueryStride, count, filled, e, queries);
                Load(Flowing + ((long)from * Inputs.Heads + head) * e, Inputs.Heads * e, count, filled, e, flowing);
                Packing.PairRows(queries, e, filled, e, queryPairs, e);
                Packing.PairRows(flowing, e, filled, e, flowingPairs, e);
                Multiply(queries, filled, e, keyPanels, seen, scores, room);
                Multiply(flowing, filled, e, valuePanels, seen, wideDScores, room);
                for (int i = 0; i < count; i++)
                {
                    long at = (long)(from + i) * Inputs.Heads + head;
                    SoftmaxGradient(scores + (long)i * room, wideDScores + (long)i * room, probabilities + (long)i * room, dScores + (long)i * room, (float)Inputs.Scale,
                        seen - count + i + 1, Up(seen, Block), LogSumExp[at], Dot(flowing + (long)i * e, Output + at * e, e));
                }
                new Span<BFloat16>(probabilities + (long)count * room, (filled - count) * room).Clear();
                new Span<BFloat16>(dScores + (long)count * room, (filled - count) * room).Clear();
                Gather(dScores, filled, room, keyPairs, seen, e, dQuery, e);
                for (int i = 0; i < count; i++)
                    new Span<float>(dQuery + (long)i * e, e).CopyTo(new Span<float>(Query + ((long)(from + i) * Inputs.Heads + head) * e, e));
                for (int j = 0; j < seen; j += Block)
                {
                    Scatter(dScores + j, filled, room, turned, pairs, queryPairs, e, dKey + (long)j * e);
                    Scatter(probabilities + j, filled, room, turned, pairs, flowingPairs, e, dValue + (long)j * e);
                }
            }
            AttentionRows<float>.AddBack(dKey, e, Key + headStart, e, Layout, s);
            AttentionRows<float>.AddBack(dValue, e, Value + headStart, e, Layout, s);
        }
    }

    private static int Up(int number, int multiple) => (number + multiple - 1) / multiple * multiple;

    private static int QueriesOf(int room) => Math.Clamp(MostScores / room / Grain * Grain, 2 * Grain, Block);

    /// <summary>Rows of queries (or of what flows back), with rows of zeros behind them.</summary>
    private static void Load(BFloat16* from, int stride, int count, int filled, int e, BFloat16* rows)
    {
        for (int i = 0; i < count; i++)
            new Span<BFloat16>(from + (long)i * stride, e).CopyTo(new Span<BFloat16>(rows + (long)i * e, e));
        new Span<BFloat16>(rows + (long)count * e, (filled - count) * e).Clear();
    }

    /// <summary>The rows that a segment sees, and in blocks of 64 keys their pairs along E: [room / 64, E / 2, 64].</summary>
    private static void GatherPanels(BFloat16* head, AttentionInputs<BFloat16> inputs, TokenLayout layout, int segment, int keys, int room, BFloat16* rows, uint* panels)
    {
        int e = inputs.HeadWidth;
        AttentionRows<BFloat16>.Gather(head, inputs.KeyStride, e, layout, segment, rows);
        new Span<BFloat16>(rows + (long)keys * e, (room - keys) * e).Clear();
        for (int key = 0; key < room; key += Block)
            Packing.PairColumns(rows + (long)key * e, e, Block, e, panels + (long)key * e / 2, Block);
    }

    /// <summary>The rows that a segment sees, as pairs of keys: [room / 2, E].</summary>
    private static void GatherPairs(BFloat16* head, AttentionInputs<BFloat16> inputs, TokenLayout layout, int segment, int keys, int room, BFloat16* rows, uint* pairs)
    {
        int e = inputs.HeadWidth;
        AttentionRows<BFloat16>.Gather(head, inputs.KeyStride, e, layout, segment, rows);
        new Span<BFloat16>(rows + (long)keys * e, (room - keys) * e).Clear();
        Packing.PairRows(rows, e, room, e, pairs, e);
    }

    /// <summary>rows panelsᵀ: a number for each of the rows and each key seen, up to whole blocks.</summary>
    private static void Multiply(BFloat16* rows, int filled, int e, uint* panels, int seen, float* result, int room)
    {
        for (int key = 0; key < seen; key += Block)
            MatrixUnit.Multiply(filled, Block, e, rows, e, panels + (long)key * e / 2, Block, result + key, room, adds: false);
    }

    /// <summary>weights pairs: the rows of the keys seen, weighted.</summary>
    private static void Gather(BFloat16* weights, int filled, int room, uint* pairs, int seen, int e, float* result, int resultRow)
    {
        for (int key = 0; key < seen; key += 4 * Block)
            MatrixUnit.Multiply(filled, e, Math.Min(4 * Block, Up(seen - key, Block)), weights + key, room, pairs + (long)key * e / 2, e, result, resultRow, adds: key > 0);
    }

    /// <summary>Adds weightsᵀ rows to the gradients of a block of keys.</summary>
    private static void Scatter(BFloat16* weights, int filled, int room, BFloat16* turned, uint* room2, uint* rowPairs, int e, float* keys)
    {
        Packing.Transpose(weights, room, filled, Block, turned, filled, room2);
        MatrixUnit.Multiply(Block, e, filled, turned, filled, rowPairs, e, keys, e, adds: true);
    }

    /// <summary>exp(scale (score - highest)) of the first <paramref name="seen"/> scores, the rest zero; returns the scaled scores' log-sum-exp and
    /// what the sum of the exponentials has to be multiplied with to be 1.</summary>
    private static (float LogSumExp, float Inverse) Softmax(float* scores, BFloat16* result, float scale, int seen, int padded)
    {
        for (int j = seen; j < Up(seen, Lane); j++)
            scores[j] = float.NegativeInfinity;
        Vector512<float> highest = Vector512.Load(scores);
        for (int j = Lane; j < seen; j += Lane)
            highest = Vector512.Max(highest, Vector512.Load(scores + j));
        float max = float.NegativeInfinity;
        for (int lane = 0; lane < Lane; lane++)
            max = Math.Max(max, highest[lane]);
        Vector512<float> factor = Vector512.Create(scale), shift = Vector512.Create(-scale * max), sums = default;
        for (int j = 0; j < seen; j += Lane)
        {
            Vector512<float> p = Lanes.Exp(Lanes.MultiplyAdd(Vector512.Load(scores + j), factor, shift));
            sums += p;
            Lanes<BFloat16, float>.Store(result + j, p);
        }
        int written = Up(seen, Lane);
        new Span<BFloat16>(result + written, padded - written).Clear();
        float sum = Vector512.Sum(sums);
        return (scale * max + MathF.Log(sum), 1 / sum);
    }

    /// <summary>The probabilities p again, and scale p (dp - delta) with delta = dOutput · output; zero beyond <paramref name="seen"/>.</summary>
    private static void SoftmaxGradient(float* scores, float* dProbabilities, BFloat16* probabilities, BFloat16* dScores, float scale, int seen, int padded, float logSumExp, float delta)
    {
        for (int j = seen; j < Up(seen, Lane); j++)
        {
            scores[j] = float.NegativeInfinity;
            dProbabilities[j] = 0;
        }
        Vector512<float> factor = Vector512.Create(scale), shift = Vector512.Create(-logSumExp), along = Vector512.Create(delta);
        for (int j = 0; j < seen; j += Lane)
        {
            Vector512<float> p = Lanes.Exp(Lanes.MultiplyAdd(Vector512.Load(scores + j), factor, shift));
            Lanes<BFloat16, float>.Store(probabilities + j, p);
            Lanes<BFloat16, float>.Store(dScores + j, factor * p * (Vector512.Load(dProbabilities + j) - along));
        }
        int written = Up(seen, Lane);
        new Span<BFloat16>(probabilities + written, padded - written).Clear();
        new Span<BFloat16>(dScores + written, padded - written).Clear();
    }

    private static float Dot(BFloat16* a, BFloat16* b, int count)
    {
        Vector512<float> sum = default;
        for (int i = 0; i < count; i += Lane)
            sum = Lanes.MultiplyAdd(Lanes<BFloat16, float>.Load(a + i, count - i), Lanes<BFloat16, float>.Load(b + i, count - i), sum);
        return Vector512.Sum(sum);
    }

    private static void Store(float* row, BFloat16* to, int count, float factor)
    {
        Vector512<float> factors = Vector512.Create(factor);
        for (int i = 0; i < count; i += Lane)
            Lanes<BFloat16, float>.Store(to + i, factors * Vector512.Load(row + i), count - i);
    }

    // Hands out pieces of working memory, one after the other, each at a whole cache line.
    private ref struct Layouts(void* start)
    {
        private byte* _next = (byte*)start;

        public BFloat16* Narrow(long numbers) => (BFloat16*)Next(2 * numbers);

        public uint* Pairs(long numbers) => (uint*)Next(4 * numbers);

        public float* Wide(long numbers) => (float*)Next(4 * numbers);

        private byte* Next(long bytes)
        {
            byte* piece = _next;
            _next += (bytes + 63) / 64 * 64;
            return piece;
        }
    }
}
