using Simper.Checkpoints;
using Simper.Tensors;
using Simper.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>
/// The matrix of the reference files of GGUF's types in bitsandbytes' formats: as blocks, and dequantised from its plain arrays.
/// </summary>
internal static class PackedSamples
{
    private static readonly string[] Rounded = ["float32", "bfloat16", "float16"];

    /// <summary>A format and the dtype that its values are rounded to.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [.. Rounded.Select(r => $"nf4, {r}"), .. Rounded.Select(r => $"fp4, {r}"), "int8"];

    /// <summary>The blocks, which the caller owns, and their values in float32, which belong to the open dispose scope.</summary>
    public static (PackedRows Rows, Tensor Dequantised) Of(string name)
    {
        using GgufFile file = GgufFile.Open(SharedFiles.Path("golden", "gguf", "types", "f32.gguf"));
        using Tensor read = file.Read("gaussian");
        return name == "int8"
            ? Int8(read)
            : FourBit(
                read,
                name.StartsWith("nf4", StringComparison.Ordinal) ? FourBitTable.Nf4 : FourBitTable.Fp4,
                (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16],
                Array.IndexOf(Rounded, name[5..])
            );
    }

    private static (PackedRows, Tensor) FourBit(Tensor read, FourBitTable table, ScalarType[] types, int rounded)
    {
        FourBitCodes codes = FourBitCodes.Of(read.data<float>().ToArray(), table);
        var values = new float[read.numel()];
        codes.Read(0, values);
        return (
            codes.ToRows(read.size(0), read.size(1), types[rounded]),
            tensor(values, read.shape).to(types[rounded]).to(ScalarType.Float32)
        );
    }

    private static (PackedRows, Tensor) Int8(Tensor read)
    {
        (int rows, int columns) = ((int)read.size(0), (int)read.size(1));
        var all = new sbyte[rows * columns];
        var scales = new float[rows];
        var values = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            Span<sbyte> codes = all.AsSpan(row * columns, columns);
            scales[row] = Int8Rows.Quantise(TensorMemory.Row(read, row), codes);
            for (int i = 0; i < columns; i++)
                values[row * columns + i] = Int8Rows.Value(codes[i], scales[row]);
        }
        using Tensor codesOfRows = tensor(all, [rows, columns]);
        using Tensor scalesOfRows = tensor(scales);
        return (Int8Rows.ToRows(codesOfRows, scalesOfRows), tensor(values, read.shape));
    }
}
