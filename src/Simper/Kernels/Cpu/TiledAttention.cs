using Simper.Tensors;
using TorchSharp;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, H query heads, E head width.

/// <summary>
/// <see cref="AttentionKernel{TCompute, TWide}"/> on the processor's bfloat16 products (<see cref="MatrixUnit"/>): scores and
/// sums are float32, probabilities and their gradients are rounded to bfloat16 for the products. An item is a tree of segments
/// and a query head: the tree's keys and values are packed once, each segment in blocks of 64 keys; queries are processed a block
/// at a time with whole score rows over the blocks of their ancestors and their own, which stay in the cache.
/// </summary>
internal static unsafe partial class TiledAttention
{
    /// <summary>Queries per block, at most.</summary>
    private const int Block = KeyTree.Block;

    /// <summary>Query blocks are smaller where their scores would exceed this many values.</summary>
    private const int MostScores = 1 << 16;

    /// <summary>Queries are zero-padded to a multiple of this: few kernels for many lengths.</summary>
    private const int Grain = 8;

    /// <summary>Keys summed over at a time.</summary>
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
            var tree = new KeyTree(Layout, Trees[item / Inputs.Heads], Inputs.Window);
            double cap = Inputs.SoftCap / Inputs.Scale; // scores are not scaled yet
            (int keys, int width, int most) = (tree.Keys, tree.LongestView, QueriesOf(tree.LongestView));
            var memory = new ScratchPieces(4L * keys * e * 2 + 8L * most * width + 8L * Block * (e + 8));
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
                foreach (QueryBlock block in QueryBlock.Of(segment, most))
                {
                    (int from, int count) = (block.Token, block.Count);
                    int filled = KeyTree.Up(count, Grain);
                    KeyView view = tree.ViewOf(s, block);
                    KeyTree.Load(Inputs.QueryOf(from, head), Inputs.QueryStride, count, filled, e, queries);
                    Multiply(queries, filled, e, keyPanels, view, scores, width);
                    if (cap > 0)
                        view.Cap(scores, width, count, cap);
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

    private static int QueriesOf(int width) => Math.Clamp(MostScores / width / Grain * Grain, 2 * Grain, Block);

    private static void Clear(BFloat16* rows, int from, int to, int row, int width)
    {
        for (int i = from; i < to; i++)
            new Span<BFloat16>(rows + (long)i * row, width).Clear();
    }

    /// <summary>In blocks of 64 keys, paired along E: [keys / 64, E / 2, 64].</summary>
    private static void Panels(BFloat16* rows, int keys, int e, uint* panels)
    {
        for (int key = 0; key < keys; key += Block)
            Packing.PairColumns(rows + (long)key * e, e, Block, e, panels + (long)key * e / 2, Block);
    }

    /// <summary>rows panelsᵀ: a score for each of the rows and each key of the view.</summary>
    private static void Multiply(BFloat16* rows, int filled, int e, uint* panels, KeyView view, float* result, int width)
    {
        foreach (KeyView.Part part in view.Parts)
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

    /// <summary>weights pairs: the weighted rows of the view's keys.</summary>
    private static void Sum(BFloat16* weights, int filled, int width, uint* pairs, KeyView view, int e, float* result)
    {
        foreach (KeyView.Part part in view.Parts)
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
}
