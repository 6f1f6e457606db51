using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Simper.Kernels.Cpu.BlockVectors;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Vectorised readers of GGUF's blocks of 256 values, with the bits of the format's reference (<c>Checkpoints/KQuants</c>): every
/// product and sum is rounded on its own.
/// </summary>
internal static unsafe class KBlocks
{
    public static void Q2(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 84, to += 256)
        {
            float d = Half(from + 80);
            float dmin = Half(from + 82);
            for (int group = 0; group < 16; group++)
            {
                var scale = Vector512.Create(d * (from[group] & 15));
                var min = Vector512.Create(dmin * (from[group] >> 4));
                Vector512.Store(scale * Floats(TwoBits(from + 16, group)) - min, to + 16 * group);
            }
        }
    }

    public static void Q3(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 110, to += 256)
        {
            byte* scales = from + 96;
            float d = Half(from + 108);
            for (int group = 0; group < 16; group++)
            {
                int lowBits = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
                int highBits = scales[8 + group % 4] >> 2 * (group / 4) & 3;
                var scale = Vector512.Create(d * ((lowBits | highBits << 4) - 32));
                // The high bit of a value spares it the 4 that is taken from the others.
                Vector128<byte> third = Raised(Bits(Vector128.Load(from + group % 2 * 16), group / 2, 1), 2);
                Vector128<byte> codes = TwoBits(from + 32, group) + third - Vector128.Create((byte)4);
                Vector512.Store(scale * Floats(codes.AsSByte()), to + 16 * group);
            }
        }
    }

    public static void Q4(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 144, to += 256)
        {
            float d = Half(from);
            float dmin = Half(from + 2);
            for (int pair = 0; pair < 8; pair++)
            {
                (Vector512<float> scale, Vector512<float> min) = ScaleAndMin(from + 4, pair, d, dmin);
                byte* codes = from + 16 + pair / 2 * 32;
                int shift = pair % 2 * 4;
                Vector512.Store(scale * Floats(Bits(Vector128.Load(codes), shift, 15)) - min, to + pair * 32);
                Vector512.Store(scale * Floats(Bits(Vector128.Load(codes + 16), shift, 15)) - min, to + pair * 32 + 16);
            }
        }
    }

    public static void Q5(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 176, to += 256)
        {
            float d = Half(from);
            float dmin = Half(from + 2);
            for (int pair = 0; pair < 8; pair++)
            {
                (Vector512<float> scale, Vector512<float> min) = ScaleAndMin(from + 4, pair, d, dmin);
                byte* codes = from + 48 + pair / 2 * 32;
                int shift = pair % 2 * 4;
                for (int i = 0; i < 32; i += 16)
                {
                    Vector128<byte> fifth = Raised(Bits(Vector128.Load(from + 16 + i), pair, 1), 4);
                    Vector128<byte> code = Bits(Vector128.Load(codes + i), shift, 15) | fifth;
                    Vector512.Store(scale * Floats(code) - min, to + pair * 32 + i);
                }
            }
        }
    }

    public static void Q6(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 210, to += 256)
        {
            float d = Half(from + 208);
            for (int group = 0; group < 16; group++)
            {
                (int half, int i) = (group / 8, group % 8 * 16); // i of 128 values
                Vector128<byte> low = Bits(Vector128.Load(from + half * 64 + i % 64), i / 64 * 4, 15);
                Vector128<byte> high = Bits(Vector128.Load(from + 128 + half * 32 + i % 32), i / 32 * 2, 3);
                Vector128<byte> codes = (low | Raised(high, 4)) - Vector128.Create((byte)32);
                var scale = Vector512.Create(d * (sbyte)from[192 + group]);
                Vector512.Store(scale * Floats(codes.AsSByte()), to + 16 * group);
            }
        }
    }

    public static void Tq2(byte* from, float* to, int blocks)
    {
        for (; blocks > 0; blocks--, from += 66, to += 256)
        {
            var d = Vector512.Create(Half(from + 64));
            for (int group = 0; group < 16; group++)
            {
                Vector128<byte> codes = TwoBits(from, group) - Vector128.Create((byte)1);
                Vector512.Store(d * Floats(codes.AsSByte()), to + 16 * group);
            }
        }
    }

    // Sixteen values of a two-bit plane: 128 values share 32 bytes, and 32 of them use the same pair of bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> TwoBits(byte* plane, int group) =>
        Bits(Vector128.Load(plane + group / 8 * 32 + group % 2 * 16), group % 8 / 2 * 2, 3);

    /// <summary>Pair k of eight six-bit (scale, min) pairs packed in 12 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Scale, Vector512<float> Min) ScaleAndMin(byte* s, int k, float d, float dmin)
    {
        int scale = k < 4 ? s[k] & 63 : s[k + 4] & 15 | s[k - 4] >> 6 << 4;
        int min = k < 4 ? s[k + 4] & 63 : s[k + 4] >> 4 | s[k] >> 6 << 4;
        return (Vector512.Create(d * scale), Vector512.Create(dmin * min));
    }
}
