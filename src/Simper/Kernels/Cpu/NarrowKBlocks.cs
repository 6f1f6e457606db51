using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Simper.Checkpoints;
using TorchSharp;
using static Simper.Kernels.Cpu.BlockVectors;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Readers of GGUF's five- and six-bit blocks of 256 values to bfloat16, on processors with AVX-512; with the bits of
/// <see cref="KBlocks"/> and rounding.
/// </summary>
internal static unsafe class NarrowKBlocks
{
    /// <summary>Whether blocks of a type are read here.</summary>
    public static bool Reads(BlockType type) => Avx512BW.IsSupported && type.Id is 13 or 14;

    /// <summary>Reads blocks as <see cref="BlockReaders.Read"/> does, rounded.</summary>
    public static void Read(BlockType type, byte* from, BFloat16* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += type.Bytes, to += type.Values)
        {
            if (type.Id == 13)
                Q5(from, (ushort*)to);
            else
                Q6(from, (ushort*)to);
        }
    }

    // A scale has 32 values: they are computed and rounded together, once, and looked up by the codes, of whose 16 bits a
    // permutation reads five.
    private static void Q5(byte* from, ushort* to)
    {
        float d = Half(from);
        float dmin = Half(from + 2);
        Vector512<float> low = Floats(Vector512<int>.Indices);
        Vector512<float> high = low + Vector512.Create(16f);
        Vector512<ushort> fifths = Avx512BW.ConvertToVector512UInt16(Vector256.Load(from + 16));
        for (int pair = 0; pair < 8; pair++, to += 32)
        {
            (Vector512<float> scale, Vector512<float> min) = KBlocks.ScaleAndMin(from + 4, pair, d, dmin);
            Vector512<ushort> table = Lanes<BFloat16, float>.Narrow(scale * low - min, scale * high - min);
            Vector512<ushort> bytes = Avx512BW.ConvertToVector512UInt16(Vector256.Load(from + 48 + pair / 2 * 32));
            Vector512<ushort> four = Vector512.ShiftRightLogical(bytes, pair % 2 * 4) & Vector512.Create((ushort)15);
            Vector512<ushort> fifth = Vector512.ShiftLeft(Vector512.ShiftRightLogical(fifths, pair), 4);
            Vector512.Store(Avx512BW.PermuteVar32x16(table, four | fifth), to);
        }
    }

    // 64 bytes of low halves are 128 values, 32 bytes of high bits too; each sixteen have a scale.
    [SkipLocalsInit]
    private static void Q6(byte* from, ushort* to)
    {
        float* scales = stackalloc float[16];
        Vector512.Store(Vector512.Create(Half(from + 208)) * Floats(Vector128.Load((sbyte*)from + 192)), scales);
        for (int half = 0; half < 2; half++, scales += 8, to += 128)
        {
            Vector512<byte> low = Vector512.Load(from + half * 64);
            Vector256<byte> high = Vector256.Load(from + 128 + half * 32);
            Six(low, high, 0, scales, to);
            Six(Vector512.ShiftRightLogical(low.AsUInt16(), 4).AsByte(), high, 4, scales + 4, to + 64);
        }
    }

    // 64 values by the low halves of bytes, and by two bits and the next two of as many others.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Six(Vector512<byte> low, Vector256<byte> high, int shift, float* scales, ushort* to)
    {
        Vector256<byte> two = Vector256.Create((byte)3);
        Vector256<byte> first = Vector256.ShiftRightLogical(high.AsUInt16(), shift).AsByte() & two;
        Vector256<byte> second = Vector256.ShiftRightLogical(high.AsUInt16(), shift + 2).AsByte() & two;
        Vector512<byte> raised = Vector512.ShiftLeft(Vector512.Create(first, second).AsUInt16(), 4).AsByte();
        Vector512<sbyte> codes = (((low & Vector512.Create((byte)15)) | raised) - Vector512.Create((byte)32)).AsSByte();
        Store(codes.GetLower(), scales, to);
        Store(codes.GetUpper(), scales + 2, to + 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<sbyte> codes, float* scales, ushort* to)
    {
        Vector512<float> first = Vector512.Create(scales[0]) * Floats(codes.GetLower());
        Vector512<float> second = Vector512.Create(scales[1]) * Floats(codes.GetUpper());
        Vector512.Store(Lanes<BFloat16, float>.Narrow(first, second), to);
    }
}
