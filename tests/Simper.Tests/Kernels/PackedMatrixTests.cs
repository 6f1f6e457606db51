using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>
/// Products with every type of block that files have, unpacked a tile at a time, against the same products with the whole matrix
/// dequantised by the reader of files: on both kernel sets, in all precisions.
/// </summary>
public class PackedMatrixTests
{
    private static readonly int[] Tokens = [1, 3, 8, 9, 16, 70];

    /// <summary>Every file of the types folder that has a matrix that can stay as it is.</summary>
    public static TheoryData<string> Types =>
        SharedFiles.Rows(() =>
            Directory
                .GetFiles(SharedFiles.Path("golden", "gguf", "types"), "*.gguf")
                .Where(path =>
                {
                    using GgufFile file = GgufFile.Open(path);
                    return file.Tensors.Values.Any(t => t.Shape.Length == 2 && PackedRows.Reads(t.Type));
                })
                .Select(path => Path.GetFileNameWithoutExtension(path))
                .Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Types))]
    public void Rows_have_the_bits_that_reading_gives(string type)
    {
        using var scope = NewDisposeScope();
        using GgufFile file = Open(type);
        foreach (string name in file.Tensors.Keys)
        {
            if (file.Map(name) is not { } rows)
                continue;
            using var packed = new PackedMatrix(rows);
            Tensor read = file.Read(name);
            Assert.Equal(
                Bits(read.to(ScalarType.Float32)),
                Bits(KernelSet.For(Precision.Float32).Unpack(packed, 0, packed.Rows))
            );
            foreach (KernelSet kernels in Sets())
            {
                Tensor expected = read.to(kernels.Precision.Compute);
                Assert.Equal(Numbers.Of(expected), Numbers.Of(kernels.Unpack(packed, 0, packed.Rows)));
                Assert.Equal(Numbers.Of(expected.narrow(0, 1, 2)), Numbers.Of(kernels.Unpack(packed, 1, 2)));
            }
        }
    }

    /// <summary>The same and the types that are made in memory.</summary>
    public static TheoryData<string> AllTypes => [.. Types, .. PackedSamples.Names.Select(n => new TheoryDataRow<string>(n))];

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void Products_gradients_and_rows_are_those_of_the_dequantised_matrix(string type)
    {
        using var scope = NewDisposeScope();
        bool isFile = !PackedSamples.Names.Contains(type);
        using GgufFile other = Open("q6_k");
        using GgufFile file = isFile ? Open(type) : other;
        Tensor read = isFile ? file.Read("gaussian").to(ScalarType.Float32) : PackedSamples.Of(type).Dequantised;
        // Parts of two types, which meet inside a tile; whole panels and some rows more.
        using var packed = new PackedMatrix([
            .. Enumerable.Range(0, 29).Select(_ => isFile ? file.Map("gaussian")! : PackedSamples.Of(type).Rows),
            .. Enumerable.Range(0, 5).Select(_ => other.Map("gaussian", rotatedHeads: 1)!),
        ]);
        Tensor turned = GgufLlama.HalvesFromPairs(other.Read("gaussian"), heads: 1);
        Tensor whole = cat([.. Enumerable.Repeat(read, 29), .. Enumerable.Range(0, 5).Select(_ => turned)], 0);
        foreach (KernelSet kernels in Sets())
        {
            foreach (int tokens in Tokens)
                Compare(kernels, packed, whole.to(kernels.Precision.Compute), tokens, $"{type}, {kernels}, {tokens} tokens");
        }
    }

    private static void Compare(KernelSet kernels, PackedMatrix packed, Tensor whole, int tokens, string which)
    {
        using var scope = NewDisposeScope();
        Precision precision = kernels.Precision;
        Tensor x = Random([tokens, packed.Columns], precision.Compute, 1);
        Tensor dy = Random([tokens, packed.Rows], precision.Compute, 2);
        Tensor bias = Random([packed.Rows], precision.Compute, 3);
        Tensor residual = Random([tokens, packed.Rows], precision.Wide, 4);
        Tensor gateUp = Random([tokens, 2 * packed.Columns], precision.Compute, 5);
        Tensor ids = tensor([.. Enumerable.Range(0, tokens).Select(i => i * 37L % packed.Rows)]);
        // Few rows are summed in one order, and the matrix unit gets the same panels: the same bits. Elsewhere libtorch sums.
        bool few = kernels is not TorchKernels && tokens <= KernelSet.FewRows;
        bool tiled = kernels is Simper.Kernels.Cpu.TiledKernels && tokens >= 16;

        Same(kernels.Linear(x, whole, bias: null), kernels.Linear(x, packed, bias: null), few || tiled, "product");
        Same(kernels.Linear(x, whole, bias), kernels.Linear(x, packed, bias), few || tiled, "product and bias");
        Same(kernels.AddLinear(residual, x, whole, bias), kernels.AddLinear(residual, x, packed, bias), few || tiled, "sum");
        Same(kernels.WideProduct(x, whole), kernels.WideProduct(x, packed), kernels is not TorchKernels, "wide product");
        Same(kernels.Rows(whole, ids), kernels.Rows(packed, ids), true, "rows");
        Same(kernels.LinearBackward(dy, whole), kernels.LinearBackward(dy, packed), tiled, "input gradient");
        (Tensor dWhole, Tensor gatedWhole) = kernels.GatedLinearBackward(dy, whole, gateUp, Activation.Silu);
        (Tensor dPacked, Tensor gatedPacked) = kernels.GatedLinearBackward(dy, packed, gateUp, Activation.Silu);
        Same(dWhole, dPacked, tiled, "gate's gradient");
        Same(gatedWhole, gatedPacked, true, "gated");
        (Tensor up, Tensor act) = kernels.GatedLinear(x, whole, bias, Activation.GeluTanh);
        (Tensor upPacked, Tensor actPacked) = kernels.GatedLinear(x, packed, bias, Activation.GeluTanh);
        Same(up, upPacked, few || tiled, "gate and up");
        Same(act, actPacked, few || tiled, "act");

        void Same(Tensor expected, Tensor actual, bool bits, string what)
        {
            if (bits)
                Assert.True(Numbers.Of(expected).SequenceEqual(Numbers.Of(actual)), $"{which}: {what} has other bits");
            double distance = Numbers.RelativeDistance(actual, expected);
            double tolerance = precision.Name switch
            {
                "float64" => 1e-14,
                "float32" => 1e-6,
                _ => 4e-3,
            };
            Assert.True(distance < tolerance, $"{which}: {what} is {distance} away");
        }
    }

    [Fact]
    public void A_slice_has_the_rows_and_the_products_of_its_place_in_the_stack()
    {
        using var scope = NewDisposeScope();
        using GgufFile file = Open("q8_0");
        using GgufFile other = Open("q6_k");
        using var packed = new PackedMatrix([file.Map("gaussian")!, other.Map("gaussian")!, file.Map("gaussian")!]);
        int part = packed.Parts[0].Rows;
        foreach (KernelSet kernels in Sets())
        {
            Tensor whole = kernels.Unpack(packed, 0, packed.Rows);
            foreach ((int first, int count) in (ReadOnlySpan<(int, int)>)[(0, 2), (1, part), (part, part), (part - 1, part + 2)])
            {
                PackedMatrix slice = packed.Slice(first, count);
                Assert.Equal((count, packed.Columns), (slice.Rows, slice.Columns));
                Assert.Equal(Enumerable.Range(first, count).Sum(r => (long)packed.At(r).Part.RowBytes), slice.Bytes);
                Assert.Equal(Numbers.Of(whole.narrow(0, first, count)), Numbers.Of(kernels.Unpack(slice, 0, count)));
                Compare(kernels, slice, whole.narrow(0, first, count).clone(), 3, $"{kernels}, rows {first} and {count} on");
                Compare(kernels, slice, whole.narrow(0, first, count).clone(), 20, $"{kernels}, rows {first} and {count} on");
                PackedMatrix last = slice.Slice(count - 1, 1); // of a slice
                Assert.Equal(Numbers.Of(whole.narrow(0, first + count - 1, 1)), Numbers.Of(kernels.Unpack(last, 0, 1)));
                slice.Dispose(); // a view: the stack stays
            }
        }
        Assert.Equal(3 * part, packed.Rows);
        foreach ((int first, int count) in (ReadOnlySpan<(int, int)>)[(-1, 2), (0, 0), (0, packed.Rows + 1), (packed.Rows, 1)])
            Assert.ThrowsAny<ArgumentOutOfRangeException>(() => packed.Slice(first, count));
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => packed.Slice(1, 2).At(2)); // in the stack, not in the slice
    }

    [Fact]
    public void A_token_that_the_table_lacks_is_refused()
    {
        using var scope = NewDisposeScope();
        using GgufFile file = Open("q8_0");
        using var packed = new PackedMatrix(file.Map("gaussian")!);
        foreach (KernelSet kernels in Sets())
        {
            foreach (long id in (long[])[-1, packed.Rows])
                Assert.ThrowsAny<ArgumentOutOfRangeException>(() => kernels.Rows(packed, tensor([id])));
        }
    }

    private static IEnumerable<KernelSet> Sets()
    {
        foreach (Precision precision in (Precision[])[Precision.Float64, Precision.Float32, Precision.BFloat16])
        {
            yield return KernelSet.Plain(precision);
            yield return new TorchKernels(precision, CPU);
        }
        yield return KernelSet.For(Precision.BFloat16);
    }

    private static GgufFile Open(string type) => GgufFile.Open(SharedFiles.Path("golden", "gguf", "types", type + ".gguf"));

    private static uint[] Bits(Tensor values) => TensorBits.AsFloat32(values);

    private static Tensor Random(long[] shape, ScalarType type, long seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn(shape, generator: generator).to(type);
    }
}
