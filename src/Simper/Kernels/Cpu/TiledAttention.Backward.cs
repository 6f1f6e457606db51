using Simper.Tensors;
using TorchSharp;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, H query heads, E head width.

internal static unsafe partial class TiledAttention
{
    /// <summary>
    /// Writes the head's query gradients, and its contribution to those of keys and values, which are summed over the heads of a
    /// key-value head later.
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
        public required float* Key { get; init; } // [H, T, E], each head's contribution
        public required float* Value { get; init; } // [H, T, E]

        public void Run(int item)
        {
            (int head, int e) = (item % Inputs.Heads, Inputs.HeadWidth);
            var tree = new KeyTree(Layout, Trees[item / Inputs.Heads], Inputs.Window);
            double cap = Inputs.SoftCap / Inputs.Scale; // scores are not scaled yet
            (int keys, int width, int most) = (tree.Keys, tree.LongestView, QueriesOf(tree.LongestView));
            long matrix = (long)keys * e;
            long strip = (long)most * width;
            long block = Block * e;
            var memory = new ScratchPieces(16 * matrix + 12 * strip + 14 * block + 4 * Block * Block);
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
                foreach (QueryBlock taken in QueryBlock.Of(segment, most))
                {
                    (int from, int count) = (taken.Token, taken.Count);
                    int filled = KeyTree.Up(count, Grain);
                    KeyView view = tree.ViewOf(s, taken);
                    KeyTree.Load(Inputs.QueryOf(from, head), Inputs.QueryStride, count, filled, e, queries);
                    KeyTree.Load(Flowing + ((long)from * Inputs.Heads + head) * e, Inputs.Heads * e, count, filled, e, flowing);
                    Packing.PairRows(queries, e, filled, e, queryPairs, e);
                    Packing.PairRows(flowing, e, filled, e, flowingPairs, e);
                    Multiply(queries, filled, e, keyPanels, view, scores, width);
                    Multiply(flowing, filled, e, valuePanels, view, dProbabilities, width);
                    if (cap > 0)
                        view.Cap(scores, width, count, cap);
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
                    foreach (KeyView.Part part in view.Parts)
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
}
