using System.IO.MemoryMappedFiles;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A matrix as rows of quantised blocks (or of F32, F16, BF16 values): of a GGUF file as it lies there, mapped, not read, or in
/// memory of its own (<see cref="BitsAndBytesTypes"/>). Rows are addressed in Hugging Face's order; where the file has another
/// one (queries and keys), <see cref="InFile"/> knows it. The mapping lives as long as this object. A file that is truncated
/// while it is mapped ends the process. Immutable, thread safe.
/// </summary>
internal sealed unsafe class PackedRows : IDisposable
{
    private const int PageBytes = 4096;

    private readonly int _headRows;

    /// <param name="bytes">[rows, bytes of a row], uint8, which the object now owns.</param>
    /// <param name="type">The type of the blocks.</param>
    /// <param name="columns">Values of a row: whole blocks.</param>
    /// <param name="rotatedHeads">Heads whose rows are in the file's own order; 0 for none.</param>
    public PackedRows(Tensor bytes, BlockType type, long columns, long rotatedHeads = 0)
    {
        Bytes = bytes.DetachFromDisposeScope();
        (Type, Rows, Columns) = (type, checked((int)bytes.size(0)), checked((int)columns));
        RowBytes = checked((int)bytes.size(1));
        Start = TensorMemory.Pointer(bytes);
        _headRows = rotatedHeads == 0 ? 0 : (int)(Rows / rotatedHeads);
    }

    /// <summary>[rows, bytes of a row], uint8, on the CPU, in the file's order.</summary>
    public Tensor Bytes { get; }

    public BlockType Type { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int RowBytes { get; }

    /// <summary>The first byte of the file's first row.</summary>
    public byte* Start { get; }

    /// <summary>Whether matrices of a type can stay as they are: quantised, or of a floating type of at most 32 bits.</summary>
    public static bool Reads(BlockType type) =>
        type.Decoder is not null || type.Plain is ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16;

    /// <summary>
    /// Where a row is in the file. Within each head of width E the file has rows 0, E/2, 1, E/2 + 1, ... of Hugging Face's.
    /// </summary>
    public int InFile(int row)
    {
        if (_headRows == 0)
            return row;
        (int head, int within) = (row / _headRows, row % _headRows);
        int half = _headRows / 2;
        return head * _headRows + 2 * (within % half) + within / half;
    }

    /// <summary>
    /// Rows in float32 by the format's reference arithmetic, one value after the other: what faster readers are compared with.
    /// </summary>
    public Tensor Dequantise(long first, long count)
    {
        Tensor values = empty([count, Columns], dtype: ScalarType.Float32);
        var to = (float*)TensorMemory.Pointer(values);
        Parallel.For(
            0,
            count,
            row =>
            {
                var from = new ReadOnlySpan<byte>(Start + (long)InFile((int)(first + row)) * RowBytes, RowBytes);
                Dequantise(from, new Span<float>(to + row * Columns, Columns));
            }
        );
        return values;
    }

    /// <summary>The rows in another order, in memory of their own, which the caller owns.</summary>
    /// <param name="order">The row that each of the new ones is.</param>
    public PackedRows Reordered(long[] order)
    {
        using Tensor numbers = tensor([.. order.Select(row => (long)InFile((int)row))]);
        return new PackedRows(Bytes.index_select(0, numbers), Type, Columns);
    }

    /// <summary>
    /// Reads a byte of every page, so that the memory is the process's own from the start: plans of memory count it, and the
    /// first product does not wait for the disk.
    /// </summary>
    public void Touch()
    {
        long length = (long)Rows * RowBytes;
        int sum = 0;
        for (long at = 0; at < length; at += PageBytes)
            sum += Volatile.Read(ref Start[at]);
        GC.KeepAlive(sum);
    }

    private void Dequantise(ReadOnlySpan<byte> row, Span<float> values)
    {
        for (int at = 0, done = 0; done < values.Length; at += Type.Bytes, done += Type.Values)
        {
            ReadOnlySpan<byte> block = row.Slice(at, Type.Bytes);
            if (Type.Decoder is { } decoder)
                decoder(block, values.Slice(done, Type.Values));
            else
                values[done] = Type.Plain switch
                {
                    ScalarType.Float32 => BitConverter.ToSingle(block),
                    ScalarType.Float16 => LegacyQuants.Half(block),
                    _ => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(block) << 16),
                };
        }
    }

    public void Dispose() => Bytes.Dispose();
}
