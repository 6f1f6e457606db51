using System.Runtime.Intrinsics;
using static Simper.Kernels.Cpu.BlockVectors;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Vectorised readers of GGUF's blocks of 32 values, with the bits of the format's reference (<c>Checkpoints/LegacyQuants</c>,
/// <c>TableQuants</c>): every product and sum is rounded on its own.
/// </summary>
internal static unsafe class LegacyBlocks
{
    public static Vector128<sbyte> NonLinear =>
        Vector128.Create((sbyte)-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);

    public static Vector128<sbyte> FourBitFloats =>
        Vector128.Create((sbyte)0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);

    public static void Q4Zero(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 18, to += 32)
        {
            Vector512<float> d = Vector512.Create(Half(from));
            Vector128<byte> codes = Vector128.Load(from + 2);
            Vector128<byte> eight = Vector128.Create((byte)8);
            Vector512.Store(d * Floats((Bits(codes, 0, 15) - eight).AsSByte()), to);
            Vector512.Store(d * Floats((Bits(codes, 4, 15) - eight).AsSByte()), to + 16);
        }
    }

    public static void Q4One(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 20, to += 32)
        {
            Vector512<float> d = Vector512.Create(Half(from));
            Vector512<float> m = Vector512.Create(Half(from + 2));
            Vector128<byte> codes = Vector128.Load(from + 4);
            Vector512.Store(d * Floats(Bits(codes, 0, 15)) + m, to);
            Vector512.Store(d * Floats(Bits(codes, 4, 15)) + m, to + 16);
        }
    }

    public static void Q5Zero(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 22, to += 32)
        {
            Vector512<float> d = Vector512.Create(Half(from));
            uint fifth = *(uint*)(from + 2);
            Vector128<byte> codes = Vector128.Load(from + 6);
            Vector512<int> sixteen = Vector512.Create(16);
            Vector512.Store(d * Floats((Integers(Bits(codes, 0, 15)) | WhereSet(fifth, 0, 16)) - sixteen), to);
            Vector512.Store(d * Floats((Integers(Bits(codes, 4, 15)) | WhereSet(fifth, 16, 16)) - sixteen), to + 16);
        }
    }

    public static void Q5One(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 24, to += 32)
        {
            Vector512<float> d = Vector512.Create(Half(from));
            Vector512<float> m = Vector512.Create(Half(from + 2));
            uint fifth = *(uint*)(from + 4);
            Vector128<byte> codes = Vector128.Load(from + 8);
            Vector512.Store(d * Floats(Integers(Bits(codes, 0, 15)) | WhereSet(fifth, 0, 16)) + m, to);
            Vector512.Store(d * Floats(Integers(Bits(codes, 4, 15)) | WhereSet(fifth, 16, 16)) + m, to + 16);
        }
    }

    public static void Q8Zero(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 34, to += 32)
        {
            Vector512<float> d = Vector512.Create(Half(from));
            Vector512.Store(d * Floats(Vector128.Load((sbyte*)from + 2)), to);
            Vector512.Store(d * Floats(Vector128.Load((sbyte*)from + 18)), to + 16);
        }
    }

    public static void Iq4Nl(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 18, to += 32)
            LookUp(Vector128.Load(from + 2), NonLinear, Half(from), to);
    }

    public static void Iq4Xs(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 136, to += 256)
        {
            float d = Half(from);
            int high = *(ushort*)(from + 2);
            for (int k = 0; k < 8; k++)
            {
                int scale = from[4 + k / 2] >> k % 2 * 4 & 15 | (high >> 2 * k & 3) << 4;
                LookUp(Vector128.Load(from + 8 + k * 16), NonLinear, d * (scale - 32), to + k * 32);
            }
        }
    }

    public static void MxFp4(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 17, to += 32)
            LookUp(Vector128.Load(from + 1), FourBitFloats, PowerOfTwo(from[0]), to);
    }

    /// <summary>2^(e - 128); the first two exponents give subnormal numbers.</summary>
    public static float PowerOfTwo(byte e) => BitConverter.UInt32BitsToSingle(e < 2 ? 0x0020_0000u << e : (uint)(e - 1) << 23);

    private static void LookUp(Vector128<byte> codes, Vector128<sbyte> table, float scale, float* to)
    {
        Vector512<float> d = Vector512.Create(scale);
        Vector512.Store(d * Floats(Vector128.Shuffle(table, Bits(codes, 0, 15).AsSByte())), to);
        Vector512.Store(d * Floats(Vector128.Shuffle(table, Bits(codes, 4, 15).AsSByte())), to + 16);
    }
}
