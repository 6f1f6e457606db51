using System.Buffers.Binary;

namespace Simper.Checkpoints;

/// <summary>
/// Quantises rows to GGUF's block types of 32 values, with the bytes of the format's reference implementation: every operation
/// is rounded to float32 in its order.
/// </summary>
internal static class LegacyQuantisers
{
    private const int Values = 32;

    public static void Q4Zero(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        for (int block = 0; block < row.Length / Values; block++)
        {
            ReadOnlySpan<float> x = row.Slice(block * Values, Values);
            Span<byte> to = bytes.Slice(block * 18, 18);
            float inverse = WriteScale(to, x, levels: 8);
            for (int i = 0; i < 16; i++)
                to[2 + i] = (byte)(Code(x[i], inverse, 8.5f, 15) | Code(x[i + 16], inverse, 8.5f, 15) << 4);
        }
    }

    public static void Q5Zero(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        for (int block = 0; block < row.Length / Values; block++)
        {
            ReadOnlySpan<float> x = row.Slice(block * Values, Values);
            Span<byte> to = bytes.Slice(block * 22, 22);
            float inverse = WriteScale(to, x, levels: 16);
            uint fifth = 0;
            for (int i = 0; i < 16; i++)
            {
                int low = Code(x[i], inverse, 16.5f, 31);
                int high = Code(x[i + 16], inverse, 16.5f, 31);
                to[6 + i] = (byte)(low & 15 | (high & 15) << 4);
                fifth |= (uint)(low >> 4) << i | (uint)(high >> 4) << i + 16;
            }
            BinaryPrimitives.WriteUInt32LittleEndian(to[2..], fifth);
        }
    }

    public static void Q5One(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        for (int block = 0; block < row.Length / Values; block++)
        {
            ReadOnlySpan<float> x = row.Slice(block * Values, Values);
            Span<byte> to = bytes.Slice(block * 24, 24);
            float min = float.MaxValue;
            float max = -float.MaxValue;
            foreach (float value in x)
                (min, max) = (value < min ? value : min, value > max ? value : max);
            float d = (max - min) / 31;
            float inverse = d == 0 ? 0 : 1 / d;
            BinaryPrimitives.WriteHalfLittleEndian(to, (Half)d);
            BinaryPrimitives.WriteHalfLittleEndian(to[2..], (Half)min);
            uint fifth = 0;
            for (int i = 0; i < 16; i++)
            {
                var low = (byte)((x[i] - min) * inverse + 0.5f);
                var high = (byte)((x[i + 16] - min) * inverse + 0.5f);
                to[8 + i] = (byte)(low & 15 | (high & 15) << 4);
                fifth |= (uint)(low >> 4) << i | (uint)(high >> 4) << i + 16;
            }
            BinaryPrimitives.WriteUInt32LittleEndian(to[4..], fifth);
        }
    }

    public static void Q8Zero(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        for (int block = 0; block < row.Length / Values; block++)
        {
            ReadOnlySpan<float> x = row.Slice(block * Values, Values);
            Span<byte> to = bytes.Slice(block * 34, 34);
            float largest = 0;
            foreach (float value in x)
                largest = Math.Max(largest, Math.Abs(value));
            float d = largest / 127;
            float inverse = d == 0 ? 0 : 1 / d;
            BinaryPrimitives.WriteHalfLittleEndian(to, (Half)d);
            for (int i = 0; i < Values; i++)
                to[2 + i] = (byte)(sbyte)MathF.Round(x[i] * inverse, MidpointRounding.AwayFromZero);
        }
    }

    // The value of largest magnitude gets the lowest code, so its sign is the scale's, turned.
    private static float WriteScale(Span<byte> to, ReadOnlySpan<float> x, int levels)
    {
        float largest = 0;
        float signed = 0;
        foreach (float value in x)
        {
            if (largest < Math.Abs(value))
                (largest, signed) = (Math.Abs(value), value);
        }
        float d = signed / -levels;
        BinaryPrimitives.WriteHalfLittleEndian(to, (Half)d);
        return d == 0 ? 0 : 1 / d;
    }

    private static int Code(float value, float inverse, float offset, int most) =>
        Math.Min(most, (sbyte)(value * inverse + offset));
}
