using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Simper.Checkpoints;
using TorchSharp;
using static Simper.Kernels.Cpu.BlockVectors;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Readers of four-bit codes to bfloat16, on processors with AVX-512. A scale has sixteen values: they are computed and rounded
/// together, once, and looked up by the codes; with the bits of <see cref="BlockReaders"/> and rounding.
/// </summary>
internal static unsafe class FourBitBlocks
{
    private static Vector512<float> Codes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Floats(Vector512<int>.Indices);
    }

    /// <summary>Whether blocks of a type are read here.</summary>
    public static bool Reads(BlockType type) =>
        Avx512BW.IsSupported
        && type.Id is 2 or 3 or 12 or 20 or 23 or 39 or (>= BitsAndBytesTypes.FirstId and < BitsAndBytesTypes.Int8Id);

    /// <summary>Reads blocks as <see cref="BlockReaders.Read"/> does, rounded.</summary>
    public static void Read(BlockType type, byte* from, BFloat16* to, int blocks)
    {
        if (BitsAndBytesTypes.TableOf(type) is { } table)
        {
            BitsAndBytes(table, BitsAndBytesTypes.RoundedOf(type), from, to, blocks);
            return;
        }
        for (; blocks > 0; blocks--, from += type.Bytes, to += type.Values)
        {
            switch (type.Id)
            {
                case 2: // Q4_0
                    LookUp(Vector512.Create(Half(from)) * (Codes - Vector512.Create(8f)), from + 2, to);
                    break;
                case 3: // Q4_1
                    LookUp(Vector512.Create(Half(from)) * Codes + Vector512.Create(Half(from + 2)), from + 4, to);
                    break;
                case 12: // Q4_K
                    Q4K(from, to);
                    break;
                case 20: // IQ4_NL
                    LookUp(Vector512.Create(Half(from)) * Floats(LegacyBlocks.NonLinear), from + 2, to);
                    break;
                case 23: // IQ4_XS
                    Iq4Xs(from, to);
                    break;
                default: // MXFP4
                    float scale = LegacyBlocks.PowerOfTwo(from[0]);
                    LookUp(Vector512.Create(scale) * Floats(LegacyBlocks.FourBitFloats), from + 1, to);
                    break;
            }
        }
    }

    // Sixteen bytes: sixteen values by their low halves, sixteen by their high ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LookUp(Vector512<float> values, byte* codes, BFloat16* to)
    {
        Vector256<ushort> bytes = Avx2.ConvertToVector256Int16(Vector128.Load(codes)).AsUInt16();
        var indices = Vector512.Create(bytes & Vector256.Create((ushort)15), Vector256.ShiftRightLogical(bytes, 4));
        Vector512.Store(Avx512BW.PermuteVar32x16(Table(values), indices), (ushort*)to);
    }

    private static void Q4K(byte* from, BFloat16* to)
    {
        float d = Half(from);
        float dmin = Half(from + 2);
        for (int pair = 0; pair < 8; pair += 2, to += 64)
        {
            Vector512<ushort> bytes = Avx512BW.ConvertToVector512UInt16(Vector256.Load(from + 16 + pair * 16));
            (Vector512<float> scale, Vector512<float> min) = KBlocks.ScaleAndMin(from + 4, pair, d, dmin);
            Vector512<ushort> low = bytes & Vector512.Create((ushort)15);
            Vector512.Store(Avx512BW.PermuteVar32x16(Table(scale * Codes - min), low), (ushort*)to);
            (scale, min) = KBlocks.ScaleAndMin(from + 4, pair + 1, d, dmin);
            Vector512<ushort> high = Vector512.ShiftRightLogical(bytes, 4);
            Vector512.Store(Avx512BW.PermuteVar32x16(Table(scale * Codes - min), high), (ushort*)to + 32);
        }
    }

    private static void Iq4Xs(byte* from, BFloat16* to)
    {
        float d = Half(from);
        int high = *(ushort*)(from + 2);
        Vector512<float> values = Floats(LegacyBlocks.NonLinear);
        for (int k = 0; k < 8; k++, to += 32)
        {
            int scale = from[4 + k / 2] >> k % 2 * 4 & 15 | (high >> 2 * k & 3) << 4;
            LookUp(Vector512.Create(d * (scale - 32)) * values, from + 8 + k * 16, to);
        }
    }

    // NF4 and FP4. Of two values in a byte the first is in the high half: 32 bits for each byte hold both indices, of which a
    // permutation reads five bits; so the table is there twice.
    private static void BitsAndBytes(FourBitTable table, ScalarType rounded, byte* from, BFloat16* to, int blocks)
    {
        Vector512<float> entries = Vector512.Create(table.Values);
        for (; blocks > 0; blocks--, to += BitsAndBytesTypes.Values)
        {
            Vector512<float> values = BitsAndBytesBlocks.Rounded(entries * Vector512.Create(*(float*)from), rounded);
            Vector256<ushort> narrow = Lanes<BFloat16, float>.Narrowed(values);
            var both = Vector512.Create(narrow, narrow);
            from += BitsAndBytesTypes.Scale;
            for (int i = 0; i < BitsAndBytesTypes.Values; i += 32, from += 16)
            {
                Vector512<uint> bytes = Avx512F.ConvertToVector512UInt32(Vector128.Load(from));
                Vector512<uint> indices = Vector512.ShiftRightLogical(bytes, 4) | Vector512.ShiftLeft(bytes, 16);
                Vector512.Store(Avx512BW.PermuteVar32x16(both, indices.AsUInt16()), (ushort*)to + i);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Table(Vector512<float> values) =>
        Lanes<BFloat16, float>.Narrowed(values).ToVector512Unsafe();
}
