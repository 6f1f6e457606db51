using System.Runtime.Intrinsics;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Values in four bits as bitsandbytes keeps them: one after the other, whatever the matrix's rows, in blocks with the largest
/// magnitude of each, two codes a byte, the first in the high half. Its plain arithmetic, rounded step by step: codes and values
/// have the bits of bitsandbytes' own. Not thread safe while blocks are added.
/// </summary>
/// <param name="table">NF4 or FP4.</param>
/// <param name="blockSize">Values of a block, even.</param>
/// <param name="packed">The codes.</param>
/// <param name="absmax">The largest magnitude of each block, restored where it was quantised itself.</param>
internal sealed unsafe class FourBitCodes(FourBitTable table, int blockSize, byte[] packed, float[] absmax)
{
    /// <summary>Values of a block where none is named.</summary>
    public const int DefaultBlockSize = 64;

    /// <summary>Below this, reciprocals would overflow: such a block is divided by it.</summary>
    private const float Smallest = 1e-38f;

    private const int BlocksOfTask = 1024;

    public FourBitTable Table { get; } = table;

    public int BlockSize { get; } = blockSize;

    public byte[] Packed { get; } = packed;

    public float[] Absmax { get; } = absmax;

    /// <summary>Room for a number of values, to be filled by <see cref="Add"/>.</summary>
    public static FourBitCodes Empty(FourBitTable table, long count, int blockSize = DefaultBlockSize) =>
        new(table, blockSize, new byte[(count + 1) / 2], new float[(count + blockSize - 1) / blockSize]);

    public static FourBitCodes Of(ReadOnlySpan<float> values, FourBitTable table, int blockSize = DefaultBlockSize)
    {
        FourBitCodes codes = Empty(table, values.Length, blockSize);
        codes.Add(0, values);
        return codes;
    }

    /// <summary>Quantises values from a place on, on all cores.</summary>
    /// <param name="first">Where they begin: a whole number of blocks.</param>
    /// <param name="values">Whole blocks, unless they are the last ones.</param>
    public void Add(long first, ReadOnlySpan<float> values)
    {
        if (first % BlockSize != 0)
            throw new ArgumentException("A block begins before.", nameof(first));
        int count = values.Length;
        int blocks = (count + BlockSize - 1) / BlockSize;
        fixed (float* start = values)
        {
            float* from = start;
            Parallel.For(
                0,
                (blocks + BlocksOfTask - 1) / BlocksOfTask,
                task =>
                {
                    for (int block = task * BlocksOfTask; block < Math.Min(blocks, (task + 1) * BlocksOfTask); block++)
                    {
                        int at = block * BlockSize;
                        Quantise(new ReadOnlySpan<float>(from + at, Math.Min(BlockSize, count - at)), first + at);
                    }
                }
            );
        }
    }

    /// <summary>Values from a place on, in float32.</summary>
    public void Read(long first, Span<float> values)
    {
        Span<float> own = stackalloc float[Table.Values.Length];
        for (int i = 0; i < values.Length; )
        {
            long block = (first + i) / BlockSize;
            for (int code = 0; code < own.Length; code++)
                own[code] = Table.Values[code] * Absmax[block];
            int end = (int)Math.Min(values.Length, (block + 1) * BlockSize - first);
            for (; i < end; i++)
            {
                byte pair = Packed[(first + i) / 2];
                values[i] = own[(first + i) % 2 == 0 ? pair >> 4 : pair & 15];
            }
        }
    }

    /// <summary>All values in float32, in a new tensor that the caller owns.</summary>
    public Tensor ToTensor(long[] shape)
    {
        Tensor values = empty(shape, ScalarType.Float32, CPU);
        long count = values.numel();
        long valuesOfTask = (long)BlocksOfTask * BlockSize;
        var to = (float*)TensorMemory.Pointer(values);
        Parallel.For(
            0L,
            (count + valuesOfTask - 1) / valuesOfTask,
            task =>
            {
                long first = task * valuesOfTask;
                Read(first, new Span<float>(to + first, (int)Math.Min(valuesOfTask, count - first)));
            }
        );
        return values;
    }

    /// <summary>Whether rows of a length are whole blocks, which products unpack from memory (<see
    /// cref="BitsAndBytesTypes"/>).</summary>
    public bool FitsRows(long columns) => columns % BitsAndBytesTypes.Values == 0 && BlockSize % BitsAndBytesTypes.Values == 0;

    /// <summary>The values as the rows of a matrix, in blocks with a magnitude each; the caller owns it.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Values of a row, which have to fit (<see cref="FitsRows"/>).</param>
    /// <param name="rounded">The dtype of the matrix's values.</param>
    public PackedRows ToRows(long rows, long columns, ScalarType rounded)
    {
        BlockType type = BitsAndBytesTypes.FourBit(Table, rounded);
        Tensor bytes = empty([rows, columns / type.Values * type.Bytes], ScalarType.Byte, CPU);
        byte* to = TensorMemory.Pointer(bytes);
        long blocks = rows * columns / type.Values;
        Parallel.For(
            0,
            (blocks + BlocksOfTask - 1) / BlocksOfTask,
            task =>
            {
                for (long block = task * BlocksOfTask; block < Math.Min(blocks, (task + 1) * BlocksOfTask); block++)
                {
                    long first = block * type.Values;
                    var own = new Span<byte>(to + block * type.Bytes, type.Bytes);
                    BitConverter.TryWriteBytes(own, Absmax[first / BlockSize]);
                    Packed.AsSpan((int)(first / 2), type.Values / 2).CopyTo(own[BitsAndBytesTypes.Scale..]);
                }
            }
        );
        return new PackedRows(bytes, type, columns);
    }

    private void Quantise(ReadOnlySpan<float> values, long first)
    {
        float largest = Magnitudes.Largest(values);
        Span<byte> codes = stackalloc byte[values.Length + values.Length % 2];
        if (values.Length == BlockSize)
        {
            Absmax[first / BlockSize] = largest;
            Codes(values, 1 / MathF.Max(largest, Smallest), codes);
        }
        else
        {
            // The last, short block, which is divided.
            largest = MathF.Max(largest, Smallest);
            Absmax[first / BlockSize] = largest;
            for (int i = 0; i < values.Length; i++)
                codes[i] = Table.Code(values[i] / largest);
            if (values.Length % 2 != 0)
                codes[^1] = Table.Code(0);
        }
        for (int i = 0; i < codes.Length; i += 2)
            Packed[(first + i) / 2] = (byte)(codes[i] << 4 | codes[i + 1]);
    }

    private void Codes(ReadOnlySpan<float> values, float reciprocal, Span<byte> codes)
    {
        Span<int> ranks = stackalloc int[Vector512<float>.Count];
        int i = 0;
        for (; i + Vector512<float>.Count <= values.Length; i += Vector512<float>.Count)
        {
            Vector512<float> scaled = Vector512.Create(values[i..]) * Vector512.Create(reciprocal);
            Vector512<int> rank = Vector512.Create(Table.Bounds.Length);
            foreach (float bound in Table.Bounds)
                rank += Vector512.GreaterThanOrEqual(Vector512.Create(bound), scaled).AsInt32(); // -1 where it holds
            rank.CopyTo(ranks);
            for (int j = 0; j < ranks.Length; j++)
                codes[i + j] = Table.Order[ranks[j]];
        }
        for (; i < values.Length; i++)
            codes[i] = Table.Code(values[i] * reciprocal);
    }
}
