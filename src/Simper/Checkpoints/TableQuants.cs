using System.Buffers.Binary;

namespace Simper.Checkpoints;

/// <summary>GGUF's types whose codes index a small table or are ternary digits.</summary>
internal static class TableQuants
{
    private static ReadOnlySpan<sbyte> NonLinear => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>Twice the values of four-bit floats, hence the exponent bias of 128.</summary>
    private static ReadOnlySpan<sbyte> FourBitFloats => [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

    private static ReadOnlySpan<byte> PowersOfThree => [1, 3, 9, 27, 81];

    public static void Iq4Nl(ReadOnlySpan<byte> block, Span<float> values) =>
        LookUp(block.Slice(2, 16), NonLinear, LegacyQuants.Half(block), values);

    public static void Iq4Xs(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = LegacyQuants.Half(block);
        int high = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (int k = 0; k < 8; k++)
        {
            int scale = block[4 + k / 2] >> k % 2 * 4 & 15 | (high >> 2 * k & 3) << 4;
            LookUp(block.Slice(8 + k * 16, 16), NonLinear, d * (scale - 32), values.Slice(k * 32, 32));
        }
    }

    public static void MxFp4(ReadOnlySpan<byte> block, Span<float> values)
    {
        // 2^(e - 128); the first two exponents give subnormal numbers.
        uint bits = block[0] < 2 ? 0x0020_0000u << block[0] : (uint)(block[0] - 1) << 23;
        LookUp(block.Slice(1, 16), FourBitFloats, BitConverter.UInt32BitsToSingle(bits), values);
    }

    public static void Tq1(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = LegacyQuants.Half(block[52..]);
        Digits(block[..32], 5, d, values[..160]);
        Digits(block.Slice(32, 16), 5, d, values.Slice(160, 80));
        Digits(block.Slice(48, 4), 4, d, values.Slice(240, 16));
    }

    public static void Tq2(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = LegacyQuants.Half(block[64..]);
        for (int i = 0; i < 256; i++)
            values[i] = d * (KQuants.TwoBits(block, i) - 1);
    }

    private static void LookUp(ReadOnlySpan<byte> codes, ReadOnlySpan<sbyte> table, float scale, Span<float> values)
    {
        for (int i = 0; i < codes.Length; i++)
        {
            values[i] = scale * table[codes[i] & 15];
            values[i + codes.Length] = scale * table[codes[i] >> 4];
        }
    }

    /// <summary>
    /// A byte stores base-3 digits as a fraction of 256: multiplying by 3 moves the next digit past the point.
    /// </summary>
    private static void Digits(ReadOnlySpan<byte> bytes, int digits, float d, Span<float> values)
    {
        for (int n = 0; n < digits; n++)
        {
            for (int i = 0; i < bytes.Length; i++)
                values[n * bytes.Length + i] = d * (((byte)(bytes[i] * PowersOfThree[n]) * 3 >> 8) - 1);
        }
    }
}
