using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Bench.Packed;

/// <summary>A random matrix as bfloat16 values and as blocks of types, by their names.</summary>
internal sealed class Matrices : IDisposable
{
    /// <summary>The name of the values.</summary>
    public const string Values = "BF16";

    private readonly Tensor _values;
    private readonly List<PackedMatrix> _packed = [];

    public Matrices(string[] types, int rows, int columns)
    {
        using Tensor wide = randn(rows, columns).Times(0.02);
        _values = wide.to(ScalarType.BFloat16);
        All = [(Values, _values)];
        foreach (string type in types)
        {
            var packed = new PackedMatrix(Pack(type, wide));
            _packed.Add(packed);
            All.Add((type, packed));
        }
    }

    public List<(string Name, WeightMatrix Matrix)> All { get; }

    private static PackedRows Pack(string type, Tensor wide)
    {
        (long rows, long columns) = (wide.size(0), wide.size(1));
        switch (type)
        {
            case "NF4" or "FP4":
                FourBitTable table = type == "NF4" ? FourBitTable.Nf4 : FourBitTable.Fp4;
                return FourBitCodes.Of(TensorMemory.Floats(wide), table).ToRows(rows, columns, ScalarType.BFloat16);
            case "INT8":
                using (Tensor codes = empty([rows, columns], ScalarType.Int8))
                using (Tensor absmax = empty([rows]))
                {
                    Int8Rows.Quantise(wide, codes, absmax, 0);
                    return Int8Rows.ToRows(codes, absmax);
                }
            default:
                BlockType blocks = GgufTypes.Named(type);
                RowEncoder encoder = blocks.Encoder ?? throw new SimperException($"{type} is not written; take another type.");
                var bytes = new byte[rows * (columns / blocks.Values) * blocks.Bytes];
                int rowBytes = bytes.Length / (int)rows;
                Parallel.For(
                    0,
                    rows,
                    row => encoder(TensorMemory.Row(wide, (int)row), bytes.AsSpan((int)row * rowBytes, rowBytes))
                );
                return new PackedRows(tensor(bytes, [rows, rowBytes]), blocks, columns);
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        foreach (PackedMatrix packed in _packed)
            packed.Dispose();
    }
}
