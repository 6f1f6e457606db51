using System.Buffers.Binary;

namespace Simper.Checkpoints;

/// <summary>
/// Quantises rows to GGUF's K types, with the bytes of the format's reference implementation (without importance): every
/// operation is rounded to float32 in its order.
/// </summary>
internal static class KQuantisers
{
    private const int Values = 256;
    private const int MostScale = 63;

    public static void Q4(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        Span<byte> codes = stackalloc byte[Values];
        for (int block = 0; block < row.Length / Values; block++)
        {
            Span<byte> to = bytes.Slice(block * 144, 144);
            ScalesAndMins(row.Slice(block * Values, Values), to, codes, new OffsetSearch(15, -1, 0.1f, 20));
            for (int i = 0; i < 128; i++)
            {
                int value = i / 32 * 64 + i % 32;
                to[16 + i] = (byte)(codes[value] | codes[value + 32] << 4);
            }
        }
    }

    public static void Q5(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        Span<byte> codes = stackalloc byte[Values];
        for (int block = 0; block < row.Length / Values; block++)
        {
            Span<byte> to = bytes.Slice(block * 176, 176);
            ScalesAndMins(row.Slice(block * Values, Values), to, codes, new OffsetSearch(31, -0.5f, 0.1f, 15));
            Span<byte> fifth = to.Slice(16, 32);
            fifth.Clear();
            for (int i = 0; i < Values; i++)
                fifth[i % 32] |= (byte)(codes[i] >> 4 << i / 32);
            for (int i = 0; i < 128; i++)
            {
                int value = i / 32 * 64 + i % 32;
                to[48 + i] = (byte)(codes[value] & 15 | (codes[value + 32] & 15) << 4);
            }
        }
    }

    public static void Q6(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        Span<byte> codes = stackalloc byte[Values];
        Span<float> scales = stackalloc float[16];
        for (int block = 0; block < row.Length / Values; block++)
        {
            ReadOnlySpan<float> x = row.Slice(block * Values, Values);
            Span<byte> to = bytes.Slice(block * 210, 210);
            float largest = 0;
            for (int group = 0; group < 16; group++)
            {
                scales[group] = SymmetricSearch.Scale(32, x.Slice(group * 16, 16), codes.Slice(group * 16, 16));
                if (Math.Abs(scales[group]) > Math.Abs(largest))
                    largest = scales[group];
            }
            if (Math.Abs(largest) < SymmetricSearch.Nothing)
            {
                to.Clear();
                continue;
            }
            float inverse = -128f / largest;
            var d = (Half)(1 / inverse);
            BinaryPrimitives.WriteHalfLittleEndian(to[208..], d);
            for (int group = 0; group < 16; group++)
            {
                var scale = (sbyte)Math.Min(127, Rounding.Nearest(inverse * scales[group]));
                to[192 + group] = (byte)scale;
                float step = (float)d * scale;
                if (step == 0)
                    continue;
                for (int i = group * 16; i < group * 16 + 16; i++)
                    codes[i] = (byte)(Math.Clamp(Rounding.Nearest(x[i] / step), -32, 31) + 32);
            }
            PackSix(codes, to);
        }
    }

    // Each half of 128 values has 64 bytes of low nibbles and 32 bytes of high pairs.
    private static void PackSix(ReadOnlySpan<byte> codes, Span<byte> to)
    {
        for (int half = 0; half < 2; half++)
        {
            ReadOnlySpan<byte> c = codes.Slice(half * 128, 128);
            for (int i = 0; i < 64; i++)
                to[half * 64 + i] = (byte)(c[i] & 15 | (c[i + 64] & 15) << 4);
            for (int i = 0; i < 32; i++)
                to[128 + half * 32 + i] = (byte)(c[i] >> 4 | c[i + 32] >> 4 << 2 | c[i + 64] >> 4 << 4 | c[i + 96] >> 4 << 6);
        }
    }

    /// <summary>
    /// The head of a Q4_K or Q5_K block (two fp16 fields, eight pairs of six bits) and the codes of its values.
    /// </summary>
    private static void ScalesAndMins(ReadOnlySpan<float> x, Span<byte> to, Span<byte> codes, OffsetSearch search)
    {
        Span<float> scales = stackalloc float[8];
        Span<float> mins = stackalloc float[8];
        Span<float> weights = stackalloc float[32];
        float largestScale = 0;
        float largestMin = 0;
        for (int pair = 0; pair < 8; pair++)
        {
            ReadOnlySpan<float> values = x.Slice(pair * 32, 32);
            float squares = 0;
            foreach (float value in values)
                squares += value * value;
            float typical = MathF.Sqrt(squares / 32);
            for (int i = 0; i < 32; i++)
                weights[i] = typical + Math.Abs(values[i]);
            (scales[pair], mins[pair]) = search.ScaleAndMin(values, weights, codes.Slice(pair * 32, 32));
            largestScale = Math.Max(largestScale, scales[pair]);
            largestMin = Math.Max(largestMin, mins[pair]);
        }
        float inverseScale = largestScale > 0 ? (float)MostScale / largestScale : 0;
        float inverseMin = largestMin > 0 ? (float)MostScale / largestMin : 0;
        Span<byte> packed = to.Slice(4, 12);
        for (int pair = 0; pair < 8; pair++)
            PackPair(packed, pair, Code(inverseScale * scales[pair]), Code(inverseMin * mins[pair]));
        var d = (Half)(largestScale / MostScale);
        var dmin = (Half)(largestMin / MostScale);
        BinaryPrimitives.WriteHalfLittleEndian(to, d);
        BinaryPrimitives.WriteHalfLittleEndian(to[2..], dmin);
        for (int pair = 0; pair < 8; pair++)
        {
            (int scale, int min) = UnpackPair(packed, pair);
            float step = (float)d * scale;
            if (step == 0)
                continue;
            float offset = (float)dmin * min;
            for (int i = pair * 32; i < pair * 32 + 32; i++)
                codes[i] = (byte)Math.Clamp(Rounding.Nearest((x[i] + offset) / step), 0, search.Most);
        }

        static byte Code(float value) => Math.Min((byte)MostScale, (byte)Rounding.Nearest(value));
    }

    private static void PackPair(Span<byte> packed, int pair, byte scale, byte min)
    {
        if (pair < 4)
        {
            packed[pair] = scale;
            packed[pair + 4] = min;
            return;
        }
        packed[pair + 4] = (byte)(scale & 15 | (min & 15) << 4);
        packed[pair - 4] |= (byte)(scale >> 4 << 6);
        packed[pair] |= (byte)(min >> 4 << 6);
    }

    private static (int Scale, int Min) UnpackPair(ReadOnlySpan<byte> s, int k) =>
        k < 4 ? (s[k] & 63, s[k + 4] & 63) : (s[k + 4] & 15 | s[k - 4] >> 6 << 4, s[k + 4] >> 4 | s[k] >> 6 << 4);
}
