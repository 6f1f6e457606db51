using System.Runtime.Intrinsics;
using Simper.Checkpoints;

namespace Simper.Kernels.Cpu;

/// <summary>The readers of packed rows by type: successive blocks to floats.</summary>
internal static unsafe class BlockReaders
{
    /// <summary>Reads blocks of a type.</summary>
    /// <param name="type">Their type.</param>
    /// <param name="from">The first block.</param>
    /// <param name="to">Room for all their values.</param>
    /// <param name="blocks">How many.</param>
    public static void Read(BlockType type, byte* from, float* to, int blocks)
    {
        switch (type.Id)
        {
            case 0: // F32
                new ReadOnlySpan<float>(from, blocks).CopyTo(new Span<float>(to, blocks));
                break;
            case 1: // F16
                HalfFloats(from, to, blocks);
                break;
            case 30: // BF16
                BrainFloats(from, to, blocks);
                break;
            case 2: // Q4_0
                LegacyBlocks.Q4Zero(from, to, blocks);
                break;
            case 3: // Q4_1
                LegacyBlocks.Q4One(from, to, blocks);
                break;
            case 6: // Q5_0
                LegacyBlocks.Q5Zero(from, to, blocks);
                break;
            case 7: // Q5_1
                LegacyBlocks.Q5One(from, to, blocks);
                break;
            case 8: // Q8_0
                LegacyBlocks.Q8Zero(from, to, blocks);
                break;
            case 10: // Q2_K
                KBlocks.Q2(from, to, blocks);
                break;
            case 11: // Q3_K
                KBlocks.Q3(from, to, blocks);
                break;
            case 12: // Q4_K
                KBlocks.Q4(from, to, blocks);
                break;
            case 13: // Q5_K
                KBlocks.Q5(from, to, blocks);
                break;
            case 14: // Q6_K
                KBlocks.Q6(from, to, blocks);
                break;
            case 20: // IQ4_NL
                LegacyBlocks.Iq4Nl(from, to, blocks);
                break;
            case 23: // IQ4_XS
                LegacyBlocks.Iq4Xs(from, to, blocks);
                break;
            case 35: // TQ2_0
                KBlocks.Tq2(from, to, blocks);
                break;
            case 39: // MXFP4
                LegacyBlocks.MxFp4(from, to, blocks);
                break;
            case >= BitsAndBytesTypes.FirstId and < BitsAndBytesTypes.Int8Id: // NF4, FP4
                BitsAndBytesBlocks.FourBit(type, from, to, blocks);
                break;
            case BitsAndBytesTypes.Int8Id:
                BitsAndBytesBlocks.Int8(from, to, blocks);
                break;
            default:
                ByReference(type, from, to, blocks);
                break;
        }
    }

    // Types without a reader of their own.
    private static void ByReference(BlockType type, byte* from, float* to, int blocks)
    {
        BlockDecoder decoder = type.Decoder ?? throw new InvalidOperationException($"No blocks of {type.Name} are read.");
        for (; blocks > 0; blocks--, from += type.Bytes, to += type.Values)
            decoder(new ReadOnlySpan<byte>(from, type.Bytes), new Span<float>(to, type.Values));
    }

    private static void HalfFloats(byte* from, float* to, int count)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
            Vector512.Store(BlockVectors.Halves(from + 2 * i), to + i);
        for (; i < count; i++)
            to[i] = BlockVectors.Half(from + 2 * i);
    }

    private static void BrainFloats(byte* from, float* to, int count)
    {
        int i = 0;
        for (; i + 16 <= count; i += 16)
            Vector512.Store(Vector512.ShiftLeft(BlockVectors.Widened(Vector256.Load((ushort*)from + i)), 16).AsSingle(), to + i);
        for (; i < count; i++)
            to[i] = BitConverter.UInt32BitsToSingle((uint)((ushort*)from)[i] << 16);
    }
}
