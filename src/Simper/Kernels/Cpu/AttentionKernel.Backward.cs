using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, H query heads, G query heads of a key-value head, E head width.

internal static unsafe partial class AttentionKernel<TCompute, TWide>
{
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

            foreach (QueryBlock taken in QueryBlock.Of(segment, MostRows))
            {
                (int from, int position, int count) = (taken.Token, taken.Position, taken.Count);
                int seen = position + count;
                int start = FirstPanel(Inputs.FirstSeen(position));
                LoadRows(Inputs.QueryOf(from, head), Inputs.QueryStride, count, e, width, Inputs.Scale, query);
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
}
