using System.Runtime.Intrinsics;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Rows in eight bits with a scale each, as LLM.int8() stores weights: code = v 127 / absmax, halves to even; v = code absmax /
/// 127. Every step is rounded in float32 as in bitsandbytes.
/// </summary>
internal static unsafe class Int8Rows
{
    /// <summary>What 127 codes are multiplied by instead of divided: 1 / 127.</summary>
    public const float Reciprocal = 0.007874015718698502f;

    /// <summary>The codes of a row.</summary>
    /// <param name="row">The values.</param>
    /// <param name="codes">As many.</param>
    /// <returns>The largest magnitude.</returns>
    public static float Quantise(ReadOnlySpan<float> row, Span<sbyte> codes)
    {
        float largest = Magnitudes.Largest(row);
        float factor = 127 * (1 / largest);
        int i = 0;
        if (float.IsFinite(factor) && float.IsFinite(largest))
        {
            Span<int> whole = stackalloc int[Vector512<int>.Count];
            for (; i + whole.Length <= row.Length; i += whole.Length)
            {
                Vector512.ConvertToInt32(Vector512.Round(Vector512.Create(row[i..]) * Vector512.Create(factor))).CopyTo(whole);
                for (int j = 0; j < whole.Length; j++)
                    codes[i + j] = (sbyte)whole[j];
            }
        }
        for (; i < row.Length; i++)
        {
            float code = MathF.Round(row[i] * factor);
            codes[i] = float.IsFinite(code) ? (sbyte)code : (sbyte)0; // a row of zeros has no factor
        }
        return largest;
    }

    /// <summary>Quantises rows of a matrix on all cores.</summary>
    /// <param name="values">[some rows, columns], float32.</param>
    /// <param name="codes">[rows, columns], int8.</param>
    /// <param name="absmax">[rows], float32.</param>
    /// <param name="first">Where the rows begin.</param>
    public static void Quantise(Tensor values, Tensor codes, Tensor absmax, long first)
    {
        int columns = (int)values.size(1);
        var from = (float*)TensorMemory.Pointer(values);
        var to = (sbyte*)TensorMemory.Pointer(codes);
        var scales = (float*)TensorMemory.Pointer(absmax);
        Parallel.For(
            0L,
            values.size(0),
            row =>
                scales[first + row] = Quantise(
                    new ReadOnlySpan<float>(from + row * columns, columns),
                    new Span<sbyte>(to + (first + row) * columns, columns)
                )
        );
    }

    /// <summary>The values in float32, in a new tensor that the caller owns.</summary>
    /// <param name="codes">[rows, columns], int8.</param>
    /// <param name="absmax">[rows], float32.</param>
    public static Tensor ToTensor(Tensor codes, Tensor absmax)
    {
        Tensor values = empty(codes.shape, ScalarType.Float32, CPU);
        long columns = codes.size(1);
        var from = (sbyte*)TensorMemory.Pointer(codes);
        var scales = (float*)TensorMemory.Pointer(absmax);
        var to = (float*)TensorMemory.Pointer(values);
        Parallel.For(
            0L,
            codes.size(0),
            row =>
            {
                for (long i = row * columns; i < (row + 1) * columns; i++)
                    to[i] = Value(from[i], scales[row]);
            }
        );
        return values;
    }

    /// <summary>Whether rows of a length are whole blocks, which products unpack from memory.</summary>
    public static bool FitsRows(long columns) => columns % BitsAndBytesTypes.Values == 0;

    /// <summary>A matrix in blocks with the scale of their row in each (<see cref="BitsAndBytesTypes.Int8"/>).</summary>
    /// <param name="codes">[rows, columns], int8; rows have to fit (<see cref="FitsRows"/>).</param>
    /// <param name="absmax">[rows], float32.</param>
    public static PackedRows ToRows(Tensor codes, Tensor absmax)
    {
        BlockType type = BitsAndBytesTypes.Int8;
        (long rows, long columns) = (codes.size(0), codes.size(1));
        long blocks = columns / type.Values; // of a row
        Tensor bytes = empty([rows, blocks * type.Bytes], ScalarType.Byte, CPU);
        byte* from = TensorMemory.Pointer(codes);
        byte* to = TensorMemory.Pointer(bytes);
        var scales = (float*)TensorMemory.Pointer(absmax);
        Parallel.For(
            0,
            rows,
            row =>
            {
                for (long block = row * blocks; block < (row + 1) * blocks; block++)
                {
                    var own = new Span<byte>(to + block * type.Bytes, type.Bytes);
                    BitConverter.TryWriteBytes(own, scales[row]);
                    new ReadOnlySpan<byte>(from + block * type.Values, type.Values).CopyTo(own[BitsAndBytesTypes.Scale..]);
                }
            }
        );
        return new PackedRows(bytes, type, columns);
    }

    /// <summary>The value of a code.</summary>
    public static float Value(sbyte code, float absmax) => code * absmax * Reciprocal;
}
