using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Blocks of bitsandbytes' formats as they are kept in memory, 64 values each, so that a row is a run of blocks that products
/// unpack a few at a time: a float32 magnitude, then 32 bytes of codes (the first of two values in the high half) or 64 signed
/// ones. Four-bit values are rounded to the dtype that the matrix had, as bitsandbytes does before anything else.
/// </summary>
internal static class BitsAndBytesTypes
{
    /// <summary>Values of a block.</summary>
    public const int Values = 64;

    /// <summary>Bytes of the magnitude, which the codes follow.</summary>
    public const int Scale = sizeof(float);

    /// <summary>The first four-bit type, beyond all of GGUF's.</summary>
    public const uint FirstId = 1000;

    /// <summary>The number of <see cref="Int8"/>, behind the four-bit types.</summary>
    public const uint Int8Id = FirstId + 6;

    private const int FourBitBytes = Scale + Values / 2;

    private static readonly BlockType[] All =
    [
        FourBit(FirstId, FourBitTable.Nf4, ScalarType.Float32),
        FourBit(FirstId + 1, FourBitTable.Nf4, ScalarType.BFloat16),
        FourBit(FirstId + 2, FourBitTable.Nf4, ScalarType.Float16),
        FourBit(FirstId + 3, FourBitTable.Fp4, ScalarType.Float32),
        FourBit(FirstId + 4, FourBitTable.Fp4, ScalarType.BFloat16),
        FourBit(FirstId + 5, FourBitTable.Fp4, ScalarType.Float16),
        new(Int8Id, "INT8", Values, Scale + Values, ReadInt8),
    ];

    /// <summary>Signed codes, with the scale of their row in each block.</summary>
    public static BlockType Int8 => All[6];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<BlockType> Every => All;

    /// <summary>Four-bit codes of a table.</summary>
    /// <param name="table">NF4 or FP4.</param>
    /// <param name="rounded">The dtype of the matrix's values: float32, bfloat16 or float16.</param>
    public static BlockType FourBit(FourBitTable table, ScalarType rounded) =>
        All[
            (table == FourBitTable.Nf4 ? 0 : 3)
                + (
                    rounded == ScalarType.BFloat16 ? 1
                    : rounded == ScalarType.Float16 ? 2
                    : 0
                )
        ];

    /// <summary>The table of a four-bit type, or null.</summary>
    public static FourBitTable? TableOf(BlockType type) =>
        type.Id is < FirstId or >= Int8Id ? null
        : type.Id < FirstId + 3 ? FourBitTable.Nf4
        : FourBitTable.Fp4;

    /// <summary>The dtype that a type's values are rounded to.</summary>
    public static ScalarType RoundedOf(BlockType type) =>
        (type.Id - FirstId) switch
        {
            1 or 4 => ScalarType.BFloat16,
            2 or 5 => ScalarType.Float16,
            _ => ScalarType.Float32,
        };

    private static BlockType FourBit(uint id, FourBitTable table, ScalarType rounded) =>
        new(id, table.Name, Values, FourBitBytes, (block, values) => ReadFourBit(block, table, rounded, values));

    private static void ReadFourBit(ReadOnlySpan<byte> block, FourBitTable table, ScalarType rounded, Span<float> values)
    {
        float absmax = BitConverter.ToSingle(block);
        for (int i = 0; i < Values; i++)
        {
            byte pair = block[Scale + i / 2];
            values[i] = Rounding.To(rounded, table.Values[i % 2 == 0 ? pair >> 4 : pair & 15] * absmax);
        }
    }

    private static void ReadInt8(ReadOnlySpan<byte> block, Span<float> values)
    {
        float absmax = BitConverter.ToSingle(block);
        for (int i = 0; i < Values; i++)
            values[i] = Int8Rows.Value((sbyte)block[Scale + i], absmax);
    }
}
