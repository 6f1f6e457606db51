using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Simper.Kernels.Cpu;

/// <summary>
/// C = A Bᵀ for few rows of A and many of B, without packing: each value is the dot product of two contiguous rows. B, the
/// large one, is read once, in order. The order of summation does not depend on the numbers of rows, so a row alone has the same
/// bits as in a batch.
/// </summary>
internal static unsafe class DotTile<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>Tile height and width: rows of A and rows of B with sixteen sums in registers.</summary>
    private const int Side = 4;

    /// <summary>
    /// Prefetch distance in B, in bytes. Four rows at once are four streams, which the hardware prefetcher follows worse than
    /// one: without software prefetch a third of the memory bandwidth is lost.
    /// </summary>
    private const int Ahead = 8192;

    private static int Lane => Lanes<TCompute, TWide>.Count;

    /// <param name="a">Rows of A.</param>
    /// <param name="aRow">Row stride of A.</param>
    /// <param name="rows">Their number.</param>
    /// <param name="b">Rows of B.</param>
    /// <param name="bRow">Row stride of B.</param>
    /// <param name="columns">Their number, the columns of C.</param>
    /// <param name="depth">Length of a row.</param>
    /// <param name="c">C[i, j] at c[i * cRow + j].</param>
    /// <param name="cRow">Row stride of C.</param>
    public static void Multiply(
        TCompute* a,
        nint aRow,
        int rows,
        TCompute* b,
        nint bRow,
        int columns,
        int depth,
        TWide* c,
        nint cRow
    )
    {
        TWide* tails = stackalloc TWide[2 * Side * Lane];
        for (int j = 0; j < columns; j += Side)
        {
            TCompute* b0 = b + j * bRow;
            int across = Math.Min(Side, columns - j);
            CopyTails(b0, bRow, across, depth, tails + Side * Lane);
            for (int i = 0; i < rows; i += Side)
            {
                int down = Math.Min(Side, rows - i);
                TCompute* a0 = a + i * aRow;
                CopyTails(a0, aRow, down, depth, tails);
                if (down == 1)
                    One(a0, b0, bRow, across, depth, tails, c + i * cRow + j);
                else
                    Four(a0, aRow, down, b0, bRow, across, depth, tails, c + i * cRow + j, cRow);
            }
        }
    }

    // The tails of four rows that do not fill a vector, zero-padded. In a method of its own: a call inside the loops below would
    // spill their sums from the registers.
    private static void CopyTails(TCompute* rows, nint row, int count, int depth, TWide* tails)
    {
        int left = depth % Lane;
        for (int i = 0; left > 0 && i < Side; i++)
            Vector512.Store(
                Lanes<TCompute, TWide>.Load(rows + Math.Min(i, count - 1) * row + depth - left, left),
                tails + i * Lane
            );
    }

    // Where fewer than four rows are left, the last is repeated and its sums are dropped: reading it again is free.
    private static void One(TCompute* a, TCompute* b, nint bRow, int across, int depth, TWide* tails, TWide* c)
    {
        Vector512<TWide> c0 = default;
        Vector512<TWide> c1 = default;
        Vector512<TWide> c2 = default;
        Vector512<TWide> c3 = default;
        TCompute* b1 = b + Math.Min(1, across - 1) * bRow;
        TCompute* b2 = b + Math.Min(2, across - 1) * bRow;
        TCompute* b3 = b + Math.Min(3, across - 1) * bRow;
        nint p = 0;
        for (; p + Lane <= depth; p += Lane)
        {
            Prefetch(b + Side * p);
            Vector512<TWide> x = Lanes<TCompute, TWide>.Load(a + p);
            c0 = Lanes.MultiplyAdd(x, Lanes<TCompute, TWide>.Load(b + p), c0);
            c1 = Lanes.MultiplyAdd(x, Lanes<TCompute, TWide>.Load(b1 + p), c1);
            c2 = Lanes.MultiplyAdd(x, Lanes<TCompute, TWide>.Load(b2 + p), c2);
            c3 = Lanes.MultiplyAdd(x, Lanes<TCompute, TWide>.Load(b3 + p), c3);
        }
        if (p < depth)
        {
            Vector512<TWide> x = Vector512.Load(tails);
            c0 = Lanes.MultiplyAdd(x, Vector512.Load(tails + 4 * Lane), c0);
            c1 = Lanes.MultiplyAdd(x, Vector512.Load(tails + 5 * Lane), c1);
            c2 = Lanes.MultiplyAdd(x, Vector512.Load(tails + 6 * Lane), c2);
            c3 = Lanes.MultiplyAdd(x, Vector512.Load(tails + 7 * Lane), c3);
        }
        Put(c, across, c0, c1, c2, c3);
    }

    private static void Four(
        TCompute* a,
        nint aRow,
        int down,
        TCompute* b,
        nint bRow,
        int across,
        int depth,
        TWide* tails,
        TWide* c,
        nint cRow
    )
    {
        Vector512<TWide> c00 = default;
        Vector512<TWide> c01 = default;
        Vector512<TWide> c02 = default;
        Vector512<TWide> c03 = default;
        Vector512<TWide> c10 = default;
        Vector512<TWide> c11 = default;
        Vector512<TWide> c12 = default;
        Vector512<TWide> c13 = default;
        Vector512<TWide> c20 = default;
        Vector512<TWide> c21 = default;
        Vector512<TWide> c22 = default;
        Vector512<TWide> c23 = default;
        Vector512<TWide> c30 = default;
        Vector512<TWide> c31 = default;
        Vector512<TWide> c32 = default;
        Vector512<TWide> c33 = default;
        TCompute* a1 = a + Math.Min(1, down - 1) * aRow;
        TCompute* a2 = a + Math.Min(2, down - 1) * aRow;
        TCompute* a3 = a + Math.Min(3, down - 1) * aRow;
        TCompute* b1 = b + Math.Min(1, across - 1) * bRow;
        TCompute* b2 = b + Math.Min(2, across - 1) * bRow;
        TCompute* b3 = b + Math.Min(3, across - 1) * bRow;
        for (nint p = 0; p < depth; p += Lane)
        {
            Vector512<TWide> x0;
            Vector512<TWide> x1;
            Vector512<TWide> x2;
            Vector512<TWide> x3;
            Vector512<TWide> y0;
            Vector512<TWide> y1;
            Vector512<TWide> y2;
            Vector512<TWide> y3;
            if (p + Lane <= depth)
            {
                Prefetch(b + Side * p);
                (y0, y1) = (Lanes<TCompute, TWide>.Load(b + p), Lanes<TCompute, TWide>.Load(b1 + p));
                (y2, y3) = (Lanes<TCompute, TWide>.Load(b2 + p), Lanes<TCompute, TWide>.Load(b3 + p));
                (x0, x1) = (Lanes<TCompute, TWide>.Load(a + p), Lanes<TCompute, TWide>.Load(a1 + p));
                (x2, x3) = (Lanes<TCompute, TWide>.Load(a2 + p), Lanes<TCompute, TWide>.Load(a3 + p));
            }
            else
            {
                (x0, x1, x2, x3) = (
                    Vector512.Load(tails),
                    Vector512.Load(tails + Lane),
                    Vector512.Load(tails + 2 * Lane),
                    Vector512.Load(tails + 3 * Lane)
                );
                (y0, y1) = (Vector512.Load(tails + 4 * Lane), Vector512.Load(tails + 5 * Lane));
                (y2, y3) = (Vector512.Load(tails + 6 * Lane), Vector512.Load(tails + 7 * Lane));
            }
            c00 = Lanes.MultiplyAdd(x0, y0, c00);
            c01 = Lanes.MultiplyAdd(x0, y1, c01);
            c02 = Lanes.MultiplyAdd(x0, y2, c02);
            c03 = Lanes.MultiplyAdd(x0, y3, c03);
            c10 = Lanes.MultiplyAdd(x1, y0, c10);
            c11 = Lanes.MultiplyAdd(x1, y1, c11);
            c12 = Lanes.MultiplyAdd(x1, y2, c12);
            c13 = Lanes.MultiplyAdd(x1, y3, c13);
            c20 = Lanes.MultiplyAdd(x2, y0, c20);
            c21 = Lanes.MultiplyAdd(x2, y1, c21);
            c22 = Lanes.MultiplyAdd(x2, y2, c22);
            c23 = Lanes.MultiplyAdd(x2, y3, c23);
            c30 = Lanes.MultiplyAdd(x3, y0, c30);
            c31 = Lanes.MultiplyAdd(x3, y1, c31);
            c32 = Lanes.MultiplyAdd(x3, y2, c32);
            c33 = Lanes.MultiplyAdd(x3, y3, c33);
        }
        Put(c, across, c00, c01, c02, c03);
        if (down > 1)
            Put(c + cRow, across, c10, c11, c12, c13);
        if (down > 2)
            Put(c + 2 * cRow, across, c20, c21, c22, c23);
        if (down > 3)
            Put(c + 3 * cRow, across, c30, c31, c32, c33);
    }

    // An iteration reads four vectors of B; where rows are contiguous, that is also how far the tile advances.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(TCompute* at)
    {
        if (!Sse.IsSupported)
            return;
        byte* line = (byte*)at + Ahead;
        Sse.Prefetch0(line);
        Sse.Prefetch0(line + 64);
        if (sizeof(TCompute) == sizeof(TWide))
        {
            Sse.Prefetch0(line + 128);
            Sse.Prefetch0(line + 192);
        }
    }

    // Reducing four sums together takes a quarter of the instructions of reducing one at a time.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(
        TWide* c,
        int across,
        Vector512<TWide> v0,
        Vector512<TWide> v1,
        Vector512<TWide> v2,
        Vector512<TWide> v3
    )
    {
        if (typeof(TWide) == typeof(float) && Sse3.IsSupported)
        {
            Vector128<float> sums = Sse3.HorizontalAdd(
                Sse3.HorizontalAdd(Quarter(v0), Quarter(v1)),
                Sse3.HorizontalAdd(Quarter(v2), Quarter(v3))
            );
            if (across == Side)
            {
                Vector128.Store(sums, (float*)c);
                return;
            }
            for (int i = 0; i < across; i++)
                ((float*)c)[i] = sums[i];
            return;
        }
        c[0] = Vector512.Sum(v0);
        if (across > 1)
            c[1] = Vector512.Sum(v1);
        if (across > 2)
            c[2] = Vector512.Sum(v2);
        if (across > 3)
            c[3] = Vector512.Sum(v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Quarter(Vector512<TWide> v)
    {
        Vector256<float> half = v.GetLower().As<TWide, float>() + v.GetUpper().As<TWide, float>();
        return half.GetLower() + half.GetUpper();
    }
}
