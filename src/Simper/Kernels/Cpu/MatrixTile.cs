using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>
/// C (+)= A B for six rows of C: small matrix products on data in the caches. A is read value by value with any strides (so a
/// transposed A costs nothing), B and C by whole vectors. Six rows by four vectors make 24 sums in registers.
/// </summary>
internal static unsafe class MatrixTile
{
    /// <summary>Rows of C.</summary>
    public const int Rows = 6;

    /// <param name="a">A[i, p] at a[i * aRow + p * aColumn].</param>
    /// <param name="aRow">Row stride of A.</param>
    /// <param name="aColumn">Column stride of A.</param>
    /// <param name="b">B[p, j] at b[p * bRow + j].</param>
    /// <param name="bRow">Row stride of B.</param>
    /// <param name="c">C[i, j] at c[i * cRow + j].</param>
    /// <param name="cRow">Row stride of C.</param>
    /// <param name="depth">Columns of A.</param>
    /// <param name="vectors">Width of B and C in vectors.</param>
    /// <param name="adds">Whether to accumulate into C.</param>
    public static void Multiply<T>(
        T* a,
        nint aRow,
        nint aColumn,
        T* b,
        nint bRow,
        T* c,
        nint cRow,
        int depth,
        int vectors,
        bool adds
    )
        where T : unmanaged
    {
        int width = Vector512<T>.Count;
        for (; vectors >= 4; vectors -= 4, b += 4 * width, c += 4 * width)
            Four(a, aRow, aColumn, b, bRow, c, cRow, depth, adds);
        for (; vectors > 0; vectors--, b += width, c += width)
            One(a, aRow, aColumn, b, bRow, c, cRow, depth, adds);
    }

    private static void Four<T>(T* a, nint aRow, nint aColumn, T* b, nint bRow, T* c, nint cRow, int depth, bool adds)
        where T : unmanaged
    {
        int w = Vector512<T>.Count;
        Vector512<T> c00 = default;
        Vector512<T> c01 = default;
        Vector512<T> c02 = default;
        Vector512<T> c03 = default;
        Vector512<T> c10 = default;
        Vector512<T> c11 = default;
        Vector512<T> c12 = default;
        Vector512<T> c13 = default;
        Vector512<T> c20 = default;
        Vector512<T> c21 = default;
        Vector512<T> c22 = default;
        Vector512<T> c23 = default;
        Vector512<T> c30 = default;
        Vector512<T> c31 = default;
        Vector512<T> c32 = default;
        Vector512<T> c33 = default;
        Vector512<T> c40 = default;
        Vector512<T> c41 = default;
        Vector512<T> c42 = default;
        Vector512<T> c43 = default;
        Vector512<T> c50 = default;
        Vector512<T> c51 = default;
        Vector512<T> c52 = default;
        Vector512<T> c53 = default;
        T* a0 = a;
        T* a3 = a + 3 * aRow;
        for (int p = 0; p < depth; p++)
        {
            Vector512<T> b0 = Vector512.Load(b);
            Vector512<T> b1 = Vector512.Load(b + w);
            Vector512<T> b2 = Vector512.Load(b + 2 * w);
            Vector512<T> b3 = Vector512.Load(b + 3 * w);
            Vector512<T> x = Vector512.Create(*a0);
            c00 = Lanes.MultiplyAdd(x, b0, c00);
            c01 = Lanes.MultiplyAdd(x, b1, c01);
            c02 = Lanes.MultiplyAdd(x, b2, c02);
            c03 = Lanes.MultiplyAdd(x, b3, c03);
            x = Vector512.Create(a0[aRow]);
            c10 = Lanes.MultiplyAdd(x, b0, c10);
            c11 = Lanes.MultiplyAdd(x, b1, c11);
            c12 = Lanes.MultiplyAdd(x, b2, c12);
            c13 = Lanes.MultiplyAdd(x, b3, c13);
            x = Vector512.Create(a0[2 * aRow]);
            c20 = Lanes.MultiplyAdd(x, b0, c20);
            c21 = Lanes.MultiplyAdd(x, b1, c21);
            c22 = Lanes.MultiplyAdd(x, b2, c22);
            c23 = Lanes.MultiplyAdd(x, b3, c23);
            x = Vector512.Create(*a3);
            c30 = Lanes.MultiplyAdd(x, b0, c30);
            c31 = Lanes.MultiplyAdd(x, b1, c31);
            c32 = Lanes.MultiplyAdd(x, b2, c32);
            c33 = Lanes.MultiplyAdd(x, b3, c33);
            x = Vector512.Create(a3[aRow]);
            c40 = Lanes.MultiplyAdd(x, b0, c40);
            c41 = Lanes.MultiplyAdd(x, b1, c41);
            c42 = Lanes.MultiplyAdd(x, b2, c42);
            c43 = Lanes.MultiplyAdd(x, b3, c43);
            x = Vector512.Create(a3[2 * aRow]);
            c50 = Lanes.MultiplyAdd(x, b0, c50);
            c51 = Lanes.MultiplyAdd(x, b1, c51);
            c52 = Lanes.MultiplyAdd(x, b2, c52);
            c53 = Lanes.MultiplyAdd(x, b3, c53);
            a0 += aColumn;
            a3 += aColumn;
            b += bRow;
        }
        Put(c, c00, c01, c02, c03, adds);
        Put(c + cRow, c10, c11, c12, c13, adds);
        Put(c + 2 * cRow, c20, c21, c22, c23, adds);
        Put(c + 3 * cRow, c30, c31, c32, c33, adds);
        Put(c + 4 * cRow, c40, c41, c42, c43, adds);
        Put(c + 5 * cRow, c50, c51, c52, c53, adds);
    }

    private static void One<T>(T* a, nint aRow, nint aColumn, T* b, nint bRow, T* c, nint cRow, int depth, bool adds)
        where T : unmanaged
    {
        Vector512<T> c0 = default;
        Vector512<T> c1 = default;
        Vector512<T> c2 = default;
        Vector512<T> c3 = default;
        Vector512<T> c4 = default;
        Vector512<T> c5 = default;
        T* a0 = a;
        T* a3 = a + 3 * aRow;
        for (int p = 0; p < depth; p++)
        {
            Vector512<T> b0 = Vector512.Load(b);
            c0 = Lanes.MultiplyAdd(Vector512.Create(*a0), b0, c0);
            c1 = Lanes.MultiplyAdd(Vector512.Create(a0[aRow]), b0, c1);
            c2 = Lanes.MultiplyAdd(Vector512.Create(a0[2 * aRow]), b0, c2);
            c3 = Lanes.MultiplyAdd(Vector512.Create(*a3), b0, c3);
            c4 = Lanes.MultiplyAdd(Vector512.Create(a3[aRow]), b0, c4);
            c5 = Lanes.MultiplyAdd(Vector512.Create(a3[2 * aRow]), b0, c5);
            a0 += aColumn;
            a3 += aColumn;
            b += bRow;
        }
        Put(c, c0, adds);
        Put(c + cRow, c1, adds);
        Put(c + 2 * cRow, c2, adds);
        Put(c + 3 * cRow, c3, adds);
        Put(c + 4 * cRow, c4, adds);
        Put(c + 5 * cRow, c5, adds);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T>(T* c, Vector512<T> v0, Vector512<T> v1, Vector512<T> v2, Vector512<T> v3, bool adds)
        where T : unmanaged
    {
        int w = Vector512<T>.Count;
        Put(c, v0, adds);
        Put(c + w, v1, adds);
        Put(c + 2 * w, v2, adds);
        Put(c + 3 * w, v3, adds);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T>(T* c, Vector512<T> value, bool adds)
        where T : unmanaged => Vector512.Store(adds ? value + Vector512.Load(c) : value, c);
}
