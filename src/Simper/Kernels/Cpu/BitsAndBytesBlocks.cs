using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Simper.Checkpoints;
using TorchSharp;
using static Simper.Kernels.Cpu.BlockVectors;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Vectorised readers of bitsandbytes' blocks (<see cref="BitsAndBytesTypes"/>), with the bits of the plain ones. The sixteen
/// values of a four-bit block are computed and rounded once, and looked up by the codes.
/// </summary>
internal static unsafe class BitsAndBytesBlocks
{
    public static void FourBit(BlockType type, byte* from, float* to, int blocks)
    {
        FourBitTable table = BitsAndBytesTypes.TableOf(type)!;
        ScalarType rounded = BitsAndBytesTypes.RoundedOf(type);
        Vector512<float> entries = Vector512.Create(table.Values);
        for (; blocks > 0; blocks--, from += type.Bytes, to += type.Values)
        {
            Vector512<float> values = Rounded(entries * Vector512.Create(*(float*)from), rounded);
            LookUp(values, from + BitsAndBytesTypes.Scale, to);
        }
    }

    public static void Int8(byte* from, float* to, int blocks)
    {
        var reciprocal = Vector512.Create(Int8Rows.Reciprocal);
        for (; blocks > 0; blocks--, from += BitsAndBytesTypes.Int8.Bytes, to += BitsAndBytesTypes.Values)
        {
            var absmax = Vector512.Create(*(float*)from);
            sbyte* codes = (sbyte*)from + BitsAndBytesTypes.Scale;
            for (int i = 0; i < BitsAndBytesTypes.Values; i += 16)
                Vector512.Store(Floats(Vector128.Load(codes + i)) * absmax * reciprocal, to + i);
        }
    }

    /// <summary>The nearest values of a matrix's dtype.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Rounded(Vector512<float> values, ScalarType type) =>
        type switch
        {
            ScalarType.BFloat16 => Lanes<BFloat16, float>.Rounded(values),
            ScalarType.Float16 => RoundedToHalf(values),
            _ => values,
        };

    // A byte holds two codes, the first in the high half: widened to 64 bits, both become indices of 32 bits, of which
    // permutations read the lowest.
    private static void LookUp(Vector512<float> values, byte* codes, float* to)
    {
        if (Avx512F.IsSupported)
        {
            for (int i = 0; i < BitsAndBytesTypes.Values; i += 16, codes += 8)
            {
                Vector512<ulong> bytes = Avx512F.ConvertToVector512UInt64(Vector128.CreateScalarUnsafe(*(ulong*)codes).AsByte());
                Vector512<ulong> indices = Vector512.ShiftRightLogical(bytes, 4) | Vector512.ShiftLeft(bytes, 32);
                Vector512.Store(Avx512F.PermuteVar16x32(values, indices.AsInt32()), to + i);
            }
        }
        else if (Avx2.IsSupported)
        {
            for (int i = 0; i < BitsAndBytesTypes.Values; i += 8, codes += 4)
            {
                Vector256<long> bytes = Avx2.ConvertToVector256Int64(Vector128.CreateScalarUnsafe(*(uint*)codes).AsByte());
                Vector256<int> indices = (Vector256.ShiftRightLogical(bytes, 4) | Vector256.ShiftLeft(bytes, 32)).AsInt32();
                Vector256<float> low = Avx2.PermuteVar8x32(values.GetLower(), indices);
                Vector256<float> high = Avx2.PermuteVar8x32(values.GetUpper(), indices);
                Vector256<float> isHigh = Vector256.ShiftLeft(indices, 28).AsSingle(); // the fourth bit as the sign
                Vector256.Store(Avx.BlendVariable(low, high, isHigh), to + i);
            }
        }
        else
        {
            float* table = stackalloc float[16];
            Vector512.Store(values, table);
            for (int i = 0; i < BitsAndBytesTypes.Values; i += 2, codes++)
            {
                to[i] = table[*codes >> 4];
                to[i + 1] = table[*codes & 15];
            }
        }
    }
}
