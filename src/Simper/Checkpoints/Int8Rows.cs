using System.Runtime.InteropServices;

namespace Simper.Checkpoints;

/// <summary>
/// Rows in eight bits with a scale each, as LLM.int8() stores weights: code = v 127 / absmax, halves to even; v = code absmax /
/// 127. Every step is rounded in float32 as in bitsandbytes.
/// </summary>
internal static class Int8Rows
{
    /// <summary>What 127 codes are multiplied by instead of divided: 1 / 127.</summary>
    public const float Reciprocal = 0.007874015718698502f;

    /// <summary>The codes of a row.</summary>
    /// <param name="row">The values.</param>
    /// <param name="codes">As many.</param>
    /// <returns>The largest magnitude.</returns>
    public static float Quantise(ReadOnlySpan<float> row, Span<sbyte> codes)
    {
        float largest = 0;
        foreach (float value in row)
            largest = MathF.Max(largest, MathF.Abs(value));
        float factor = 127 * (1 / largest);
        for (int i = 0; i < row.Length; i++)
        {
            float code = MathF.Round(row[i] * factor);
            codes[i] = float.IsFinite(code) ? (sbyte)code : (sbyte)0; // a row of zeros has no factor
        }
        return largest;
    }

    /// <summary>A row's codes in blocks with its scale in each (<see cref="BitsAndBytesTypes.Int8"/>).</summary>
    public static void Pack(ReadOnlySpan<sbyte> codes, float absmax, Span<byte> blocks)
    {
        BlockType type = BitsAndBytesTypes.Int8;
        for (; codes.Length > 0; codes = codes[type.Values..], blocks = blocks[type.Bytes..])
        {
            BitConverter.TryWriteBytes(blocks, absmax);
            MemoryMarshal.AsBytes(codes[..type.Values]).CopyTo(blocks[BitsAndBytesTypes.Scale..]);
        }
    }

    /// <summary>The value of a code.</summary>
    public static float Value(sbyte code, float absmax) => code * absmax * Reciprocal;
}
