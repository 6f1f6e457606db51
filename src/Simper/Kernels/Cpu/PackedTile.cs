using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Simper.Checkpoints;
using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>Unpacks tiles of packed matrices into memory of the compute dtype, rounded as a whole unpacked matrix is.</summary>
internal static unsafe class PackedTile<TCompute>
    where TCompute : unmanaged
{
    /// <summary>Tiles begin at columns that are multiples of this, which begin a block in every type.</summary>
    public const int Grain = 256;

    private const int Step = 4 * Grain; // values in float32 at once, in the first-level cache

    /// <summary>to[i, j] = W[first + i, column + j].</summary>
    /// <param name="packed">W.</param>
    /// <param name="first">First row.</param>
    /// <param name="count">Rows.</param>
    /// <param name="column">First column, a multiple of <see cref="Grain"/>.</param>
    /// <param name="columns">Columns: a multiple of <see cref="Grain"/>, or as many as are left.</param>
    /// <param name="to">The tile.</param>
    /// <param name="toRow">Its row stride.</param>
    [SkipLocalsInit]
    public static void Unpack(PackedMatrix packed, int first, int count, int column, int columns, TCompute* to, nint toRow)
    {
        float* floats = stackalloc float[Step];
        for (int i = 0; i < count; i++, to += toRow)
        {
            (PackedRows part, int row) = packed.At(first + i);
            BlockType type = part.Type;
            byte* from = part.Start + (long)part.InFile(row) * part.RowBytes + column / type.Values * type.Bytes;
            if (typeof(TCompute) == typeof(float))
            {
                BlockReaders.Read(type, from, (float*)to, columns / type.Values);
                continue;
            }
            if (typeof(TCompute) == typeof(BFloat16) && FourBitBlocks.Reads(type))
            {
                FourBitBlocks.Read(type, from, (BFloat16*)to, columns / type.Values);
                continue;
            }
            if (typeof(TCompute) == typeof(BFloat16) && NarrowKBlocks.Reads(type))
            {
                NarrowKBlocks.Read(type, from, (BFloat16*)to, columns / type.Values);
                continue;
            }
            for (int done = 0; done < columns; done += Step)
            {
                int here = Math.Min(Step, columns - done);
                BlockReaders.Read(type, from + done / type.Values * type.Bytes, floats, here / type.Values);
                Convert(floats, to + done, here);
            }
        }
    }

    private static void Convert(float* from, TCompute* to, int count)
    {
        int i = 0;
        if (typeof(TCompute) == typeof(double))
        {
            for (; i < count; i++)
                ((double*)to)[i] = from[i];
            return;
        }
        if (Avx512BW.IsSupported)
        {
            for (; i + 32 <= count; i += 32)
                Lanes<TCompute, float>.Store(to + i, Vector512.Load(from + i), Vector512.Load(from + i + 16));
        }
        for (; i < count; i += 16)
            Lanes<TCompute, float>.Store(to + i, Lanes<float, float>.Load(from + i, count - i), count - i);
    }
}
