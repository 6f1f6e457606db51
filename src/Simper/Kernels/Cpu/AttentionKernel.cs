using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, H query heads, K key-value heads, G = H / K, E head width, L keys that a segment sees.

/// <summary>
/// Softmax attention over segments, on the CPU, in the wide dtype. The keys that a segment attends to (its ancestors', then its
/// own) are gathered into one sequence, so within an item attention is plain causal attention of the sequence's last rows; query
/// rows are then taken a few at a time, with whole rows of scores, which stay in the cache.
/// </summary>
internal static unsafe partial class AttentionKernel<TCompute, TWide>
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
            GatherPanels(
                Inputs.Key + kv * Inputs.HeadWidth,
                Inputs.KeyStride,
                Layout,
                s,
                keys,
                Inputs.HeadWidth,
                width,
                keyPanels
            );
            GatherRows(Inputs.Value + kv * Inputs.HeadWidth, Inputs.KeyStride, Layout, s, keys, Inputs.HeadWidth, width, values);
            for (int g = 0; g < Inputs.Groups; g++)
            {
                int head = kv * Inputs.Groups + g;
                foreach (QueryBlock block in QueryBlock.Of(segment, MostRows))
                {
                    (int from, int position, int count) = (block.Token, block.Position, block.Count);
                    int seen = position + count;
                    int start = FirstPanel(Inputs.FirstSeen(position));
                    LoadRows(Inputs.QueryOf(from, head), Inputs.QueryStride, count, Inputs.HeadWidth, width, Inputs.Scale, rows);
                    Scores(rows, count, keyPanels, start, seen, Inputs.HeadWidth, width, scores, room);
                    for (int i = 0; i < count; i++)
                    {
                        long at = (long)(from + i) * Inputs.Heads + head;
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
                            Output + ((long)(from + i) * Inputs.Heads + head) * Inputs.HeadWidth,
                            Inputs.HeadWidth,
                            1
                        );
                }
            }
        }
    }
}
