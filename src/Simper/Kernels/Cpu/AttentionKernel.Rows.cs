using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// What both passes do with rows of heads: gather them wide, multiply them into scores, store them.
internal static unsafe partial class AttentionKernel<TCompute, TWide>
{
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
