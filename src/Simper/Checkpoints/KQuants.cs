namespace Simper.Checkpoints;

/// <summary>
/// GGUF's K types: blocks of 256 values, with small integer scales per 16 or 32 values on top of one or two fp16 scales.
/// </summary>
internal static class KQuants
{
    public static void Q2(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> scales = block[..16];
        ReadOnlySpan<byte> codes = block.Slice(16, 64);
        float d = LegacyQuants.Half(block[80..]);
        float dmin = LegacyQuants.Half(block[82..]);
        for (int group = 0; group < 16; group++)
        {
            float scale = d * (scales[group] & 15);
            float min = dmin * (scales[group] >> 4);
            for (int i = group * 16; i < group * 16 + 16; i++)
                values[i] = scale * TwoBits(codes, i) - min;
        }
    }

    public static void Q3(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> high = block[..32];
        ReadOnlySpan<byte> low = block.Slice(32, 64);
        ReadOnlySpan<byte> scales = block.Slice(96, 12);
        float d = LegacyQuants.Half(block[108..]);
        for (int group = 0; group < 16; group++)
        {
            int lowBits = group < 8 ? scales[group] & 15 : scales[group - 8] >> 4;
            int highBits = scales[8 + group % 4] >> 2 * (group / 4) & 3;
            float scale = d * ((lowBits | highBits << 4) - 32);
            for (int i = group * 16; i < group * 16 + 16; i++)
                values[i] = scale * (TwoBits(low, i) - ((high[i % 32] >> i / 32 & 1) != 0 ? 0 : 4));
        }
    }

    public static void Q4(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> scales = block.Slice(4, 12);
        ReadOnlySpan<byte> codes = block.Slice(16, 128);
        float d = LegacyQuants.Half(block);
        float dmin = LegacyQuants.Half(block[2..]);
        for (int pair = 0; pair < 8; pair++)
        {
            (float scale, float min) = ScaleAndMin(scales, pair, d, dmin);
            ReadOnlySpan<byte> bytes = codes.Slice(pair / 2 * 32, 32);
            Span<float> to = values.Slice(pair * 32, 32);
            int shift = pair % 2 * 4;
            for (int i = 0; i < bytes.Length; i++)
                to[i] = scale * (bytes[i] >> shift & 15) - min;
        }
    }

    public static void Q5(ReadOnlySpan<byte> block, Span<float> values)
    {
        ReadOnlySpan<byte> scales = block.Slice(4, 12);
        ReadOnlySpan<byte> fifth = block.Slice(16, 32);
        ReadOnlySpan<byte> codes = block.Slice(48, 128);
        float d = LegacyQuants.Half(block);
        float dmin = LegacyQuants.Half(block[2..]);
        for (int pair = 0; pair < 8; pair++)
        {
            (float scale, float min) = ScaleAndMin(scales, pair, d, dmin);
            ReadOnlySpan<byte> bytes = codes.Slice(pair / 2 * 32, 32);
            Span<float> to = values.Slice(pair * 32, 32);
            int shift = pair % 2 * 4;
            for (int i = 0; i < bytes.Length; i++)
                to[i] = scale * (bytes[i] >> shift & 15 | (fifth[i] >> pair & 1) << 4) - min;
        }
    }

    public static void Q6(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = LegacyQuants.Half(block[208..]);
        for (int half = 0; half < 2; half++)
        {
            ReadOnlySpan<byte> low = block.Slice(half * 64, 64);
            ReadOnlySpan<byte> high = block.Slice(128 + half * 32, 32);
            ReadOnlySpan<byte> scales = block.Slice(192 + half * 8, 8);
            Span<float> to = values.Slice(half * 128, 128);
            for (int i = 0; i < to.Length; i++)
            {
                int code = low[i % 64] >> i / 64 * 4 & 15 | (high[i % 32] >> i / 32 * 2 & 3) << 4;
                to[i] = d * (sbyte)scales[i / 16] * (code - 32);
            }
        }
    }

    /// <summary>Value i of a two-bit plane: 128 values share 32 bytes, and 32 values use the same bit pair.</summary>
    public static int TwoBits(ReadOnlySpan<byte> plane, int i) => plane[i / 128 * 32 + i % 32] >> i % 128 / 32 * 2 & 3;

    /// <summary>Pair k of eight six-bit (scale, min) pairs packed in 12 bytes.</summary>
    private static (float Scale, float Min) ScaleAndMin(ReadOnlySpan<byte> s, int k, float d, float dmin) =>
        k < 4
            ? (d * (s[k] & 63), dmin * (s[k + 4] & 63))
            : (d * (s[k + 4] & 15 | s[k - 4] >> 6 << 4), dmin * (s[k + 4] >> 4 | s[k] >> 6 << 4));
}
