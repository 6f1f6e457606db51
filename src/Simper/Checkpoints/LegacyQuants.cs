using System.Buffers.Binary;

namespace Simper.Checkpoints;

/// <summary>GGUF's block types of 32 values with one scale: value = d * code, with an offset m in the types called _1.</summary>
internal static class LegacyQuants
{
    public static void Q4Zero(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = Half(block);
        ReadOnlySpan<byte> codes = block.Slice(2, 16);
        values = values[..32];
        for (int i = 0; i < codes.Length; i++)
        {
            values[i] = d * ((codes[i] & 15) - 8);
            values[i + 16] = d * ((codes[i] >> 4) - 8);
        }
    }

    public static void Q4One(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = Half(block);
        float m = Half(block[2..]);
        ReadOnlySpan<byte> codes = block.Slice(4, 16);
        values = values[..32];
        for (int i = 0; i < codes.Length; i++)
        {
            values[i] = d * (codes[i] & 15) + m;
            values[i + 16] = d * (codes[i] >> 4) + m;
        }
    }

    public static void Q5Zero(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = Half(block);
        uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        ReadOnlySpan<byte> codes = block.Slice(6, 16);
        values = values[..32];
        for (int i = 0; i < codes.Length; i++)
        {
            values[i] = d * ((codes[i] & 15 | FifthBit(fifth, i)) - 16);
            values[i + 16] = d * ((codes[i] >> 4 | FifthBit(fifth, i + 16)) - 16);
        }
    }

    public static void Q5One(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = Half(block);
        float m = Half(block[2..]);
        uint fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        ReadOnlySpan<byte> codes = block.Slice(8, 16);
        values = values[..32];
        for (int i = 0; i < codes.Length; i++)
        {
            values[i] = d * (codes[i] & 15 | FifthBit(fifth, i)) + m;
            values[i + 16] = d * (codes[i] >> 4 | FifthBit(fifth, i + 16)) + m;
        }
    }

    public static void Q8Zero(ReadOnlySpan<byte> block, Span<float> values)
    {
        float d = Half(block);
        ReadOnlySpan<byte> codes = block.Slice(2, 32);
        values = values[..32];
        for (int i = 0; i < codes.Length; i++)
            values[i] = d * (sbyte)codes[i];
    }

    /// <summary>An fp16 field, widened.</summary>
    public static float Half(ReadOnlySpan<byte> field) => (float)BinaryPrimitives.ReadHalfLittleEndian(field);

    private static int FifthBit(uint bits, int i) => (int)(bits >> i & 1) << 4;
}
