using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using Simper.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>The readers of bitsandbytes' blocks, fast and plain, against their definition, in every precision.</summary>
public class BitsAndBytesBlocksTests
{
    private const int Blocks = 9;

    // Zero, subnormal, ordinary, beyond float16, nearly the largest, and no numbers.
    private static readonly float[] Magnitudes =
    [
        0,
        1e-41f,
        3e-8f,
        6.1e-5f,
        0.0123f,
        1,
        65519.99f,
        65520,
        3e38f,
        float.PositiveInfinity,
        float.NaN,
        .. Enumerable.Range(0, 34).Select(i => MathF.Pow(2, i - 30) * 1.2345f),
    ];

    public static TheoryData<string> Types => [.. BitsAndBytesTypes.Every.Select(t => $"{t.Name} {t.Id}")];

    [Theory]
    [MemberData(nameof(Types))]
    public void Values_have_the_bits_of_the_definition(string name)
    {
        using var scope = NewDisposeScope();
        BlockType type = BitsAndBytesTypes.Every.Single(t => $"{t.Name} {t.Id}" == name);
        (Tensor bytes, float[] expected) = Random(type);
        using var packed = new PackedMatrix(new PackedRows(bytes, type, Blocks * type.Values));
        Tensor values = tensor(expected, [packed.Rows, packed.Columns]);
        foreach (Precision precision in (Precision[])[Precision.Float64, Precision.Float32, Precision.BFloat16])
        {
            Tensor own = values.to(precision.Compute);
            foreach (
                KernelSet kernels in (KernelSet[])
                    [KernelSet.For(precision), KernelSet.Plain(precision), new TorchKernels(precision, CPU)]
            )
                Assert.Equal(Bits(own), Bits(kernels.Unpack(packed, 0, packed.Rows)));
        }
    }

    // One NaN is as good as another.
    private static uint[] Bits(Tensor values) =>
        [.. TensorBits.AsFloat32(values).Select(b => (b & 0x7fff_ffff) > 0x7f80_0000 ? 0x7fc0_0000 : b)];

    // Two rows for each magnitude, all codes in them.
    private static (Tensor Bytes, float[] Values) Random(BlockType type)
    {
        var random = new Random(5);
        int rows = 2 * Magnitudes.Length;
        var bytes = new byte[rows * Blocks * type.Bytes];
        random.NextBytes(bytes);
        var values = new float[rows * Blocks * type.Values];
        for (int block = 0; block < rows * Blocks; block++)
        {
            float absmax = Magnitudes[block / (2 * Blocks)];
            Span<byte> own = bytes.AsSpan(block * type.Bytes, type.Bytes);
            BitConverter.TryWriteBytes(own, absmax);
            for (int i = 0; i < type.Values; i++)
                values[block * type.Values + i] = Value(type, own[4..], i, absmax);
        }
        return (tensor(bytes).reshape(rows, -1), values);
    }

    private static float Value(BlockType type, ReadOnlySpan<byte> codes, int i, float absmax)
    {
        if (type == BitsAndBytesTypes.Int8)
            return (sbyte)codes[i] * absmax * (1 / 127f);
        int code = i % 2 == 0 ? codes[i / 2] / 16 : codes[i / 2] % 16;
        float value = (type.Name == "NF4" ? FourBitTable.Nf4 : FourBitTable.Fp4).Values[code] * absmax;
        return BitsAndBytesTypes.RoundedOf(type) switch
        {
            ScalarType.BFloat16 => tensor(value).to(ScalarType.BFloat16).to(ScalarType.Float32).item<float>(),
            ScalarType.Float16 => (float)(Half)value,
            _ => value,
        };
    }
}
