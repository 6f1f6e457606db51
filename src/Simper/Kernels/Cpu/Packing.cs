using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Rearranges bfloat16 matrices for the processor's bfloat16 products: the two values of a pair that is multiplied together are
/// adjacent in 32 bits. Whole 512-bit vectors; the tails one value at a time.
/// </summary>
internal static unsafe class Packing
{
    private const int Lanes = 16; // pairs per vector

    /// <summary>Prefetch distance in rows.</summary>
    private const int Ahead = 16;

    // Of two rows a and b of 32 values: a0 b0 a1 b1 .. a15 b15, and the same for the upper halves.
    private static readonly Vector512<ushort> LowerPairs = Zipped(0);
    private static readonly Vector512<ushort> UpperPairs = Zipped(16);

    /// <summary>Pairs along the rows of <paramref name="from"/>: to[p, j] = (from[2p, j], from[2p + 1, j]). An odd last row is
    /// paired with zeros.</summary>
    /// <param name="from">[rows, columns]</param>
    /// <param name="fromRow">Its row stride.</param>
    /// <param name="rows">May be odd.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="to">[(rows + 1) / 2, columns]</param>
    /// <param name="toRow">Its row stride.</param>
    public static void PairRows(BFloat16* from, long fromRow, int rows, int columns, uint* to, long toRow)
    {
        for (int p = 0; p < rows / 2; p++)
        {
            ushort* even = (ushort*)(from + 2 * p * fromRow);
            ushort* odd = (ushort*)(from + (2 * p + 1) * fromRow);
            uint* pairs = to + p * toRow;
            int j = 0;
            Ask(even + Ahead * fromRow, columns);
            Ask(odd + Ahead * fromRow, columns);
            for (; j + 2 * Lanes <= columns; j += 2 * Lanes)
            {
                Vector512<ushort> a = Vector512.Load(even + j);
                Vector512<ushort> b = Vector512.Load(odd + j);
                Vector512.Store(Avx512BW.PermuteVar32x16x2(a, LowerPairs, b).AsUInt32(), pairs + j);
                Vector512.Store(Avx512BW.PermuteVar32x16x2(a, UpperPairs, b).AsUInt32(), pairs + j + Lanes);
            }
            for (; j < columns; j++)
                pairs[j] = even[j] | (uint)odd[j] << 16;
        }
        if (rows % 2 != 0)
        {
            ushort* last = (ushort*)(from + (rows - 1) * fromRow);
            uint* pairs = to + rows / 2 * toRow;
            for (int j = 0; j < columns; j++)
                pairs[j] = last[j];
        }
    }

    /// <summary>
    /// Pairs along the columns, transposed: to[p, j] = (from[j, 2p], from[j, 2p + 1]), that is the pairs along the rows of
    /// fromᵀ.
    /// </summary>
    /// <param name="from">[rows, columns], columns even.</param>
    /// <param name="fromRow">Its row stride.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, even.</param>
    /// <param name="to">[columns / 2, rows]</param>
    /// <param name="toRow">Its row stride.</param>
    public static void PairColumns(BFloat16* from, long fromRow, int rows, int columns, uint* to, long toRow) =>
        Transpose((ushort*)from, fromRow, rows, columns / 2, to, toRow);

    /// <summary>to[j, i] = from[i, j]; an odd end of the rows of <paramref name="to"/> is zero-padded to a whole pair.</summary>
    /// <param name="from">[rows, columns]</param>
    /// <param name="fromRow">Its row stride.</param>
    /// <param name="rows">Rows of from, columns of to.</param>
    /// <param name="columns">Columns of from, rows of to.</param>
    /// <param name="to">[columns, rows rounded up to even]</param>
    /// <param name="toRow">Its row stride, even.</param>
    /// <param name="pairs">Scratch for [(rows + 1) / 2, columns].</param>
    public static void Transpose(BFloat16* from, long fromRow, int rows, int columns, BFloat16* to, long toRow, uint* pairs)
    {
        PairRows(from, fromRow, rows, columns, pairs, columns);
        Transpose((ushort*)pairs, 2L * columns, (rows + 1) / 2, columns, (uint*)to, toRow / 2);
    }

    // to[j, i] = from[i, j] for 32-bit values, in blocks of 16 x 16. The row stride of from is in 16-bit halves, and may be odd.
    private static void Transpose(ushort* from, long fromRow, int rows, int columns, uint* to, long toRow)
    {
        int wholeRows = rows / Lanes * Lanes;
        int wholeColumns = columns / Lanes * Lanes;
        for (int i = 0; i < rows; i++)
        {
            int first = 0;
            if (i < wholeRows)
            {
                for (; i % Lanes == 0 && first < wholeColumns; first += Lanes)
                    TransposeBlock(from + i * fromRow + 2 * first, fromRow, to + first * toRow + i, toRow);
                first = wholeColumns;
            }
            for (int j = first; j < columns; j++)
                to[j * toRow + i] = *(uint*)(from + i * fromRow + 2 * j);
        }
    }

    [SkipLocalsInit]
    private static void TransposeBlock(ushort* from, long fromRow, uint* to, long toRow)
    {
        // Rows 0..3 and those 4, 8, 12 below: within 128 bits by unpacking, then the 128-bit pieces.
        Vector512<uint>* quads = stackalloc Vector512<uint>[16];
        for (int q = 0; q < 4; q++)
        {
            ushort* row = from + 4 * q * fromRow;
            Vector512<uint> a = Vector512.Load((uint*)row);
            Vector512<uint> b = Vector512.Load((uint*)(row + fromRow));
            Vector512<uint> c = Vector512.Load((uint*)(row + 2 * fromRow));
            Vector512<uint> d = Vector512.Load((uint*)(row + 3 * fromRow));
            Vector512<ulong> ab = Avx512F.UnpackLow(a, b).AsUInt64();
            Vector512<ulong> cd = Avx512F.UnpackLow(c, d).AsUInt64();
            Vector512<ulong> abHigh = Avx512F.UnpackHigh(a, b).AsUInt64();
            Vector512<ulong> cdHigh = Avx512F.UnpackHigh(c, d).AsUInt64();
            quads[4 * q] = Avx512F.UnpackLow(ab, cd).AsUInt32(); // columns 0, 4, 8, 12
            quads[4 * q + 1] = Avx512F.UnpackHigh(ab, cd).AsUInt32(); // 1, 5, 9, 13
            quads[4 * q + 2] = Avx512F.UnpackLow(abHigh, cdHigh).AsUInt32();
            quads[4 * q + 3] = Avx512F.UnpackHigh(abHigh, cdHigh).AsUInt32();
        }
        for (int c = 0; c < 4; c++)
        {
            Vector512<uint> q0 = quads[c];
            Vector512<uint> q1 = quads[4 + c];
            Vector512<uint> q2 = quads[8 + c];
            Vector512<uint> q3 = quads[12 + c];
            Vector512<uint> even01 = Avx512F.Shuffle4x128(q0, q1, 0b10_00_10_00);
            Vector512<uint> odd01 = Avx512F.Shuffle4x128(q0, q1, 0b11_01_11_01);
            Vector512<uint> even23 = Avx512F.Shuffle4x128(q2, q3, 0b10_00_10_00);
            Vector512<uint> odd23 = Avx512F.Shuffle4x128(q2, q3, 0b11_01_11_01);
            Vector512.Store(Avx512F.Shuffle4x128(even01, even23, 0b10_00_10_00), to + c * toRow);
            Vector512.Store(Avx512F.Shuffle4x128(odd01, odd23, 0b10_00_10_00), to + (4 + c) * toRow);
            Vector512.Store(Avx512F.Shuffle4x128(even01, even23, 0b11_01_11_01), to + (8 + c) * toRow);
            Vector512.Store(Avx512F.Shuffle4x128(odd01, odd23, 0b11_01_11_01), to + (12 + c) * toRow);
        }
    }

    // Rows that are pages apart: the hardware prefetcher does not predict the next one. Prefetching invalid addresses does
    // nothing.
    private static void Ask(ushort* row, int columns)
    {
        for (int j = 0; j < columns; j += 32)
            Sse.Prefetch0(row + j);
    }

    private static Vector512<ushort> Zipped(int start)
    {
        Vector512<ushort> indices = default;
        for (int i = 0; i < 32; i++)
            indices = indices.WithElement(i, (ushort)(start + i / 2 + i % 2 * 32));
        return indices;
    }
}
