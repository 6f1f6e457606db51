using Simper.Kernels;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>Products of few rows against libtorch's in double precision.</summary>
public class LinearKernelTests
{
    // Inputs and outputs that fill vectors, tiles and runs, and that do not.
    public static TheoryData<string, int, int, double> Cases =>
        new()
        {
            { "float64", 64, 96, 1e-14 },
            { "float64", 3, 1, 1e-14 },
            { "float64", 45, 131, 1e-14 },
            { "float32", 64, 96, 1e-6 },
            { "float32", 45, 131, 1e-6 },
            { "bfloat16", 576, 200, 1e-6 },
            { "bfloat16", 45, 131, 1e-6 },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Products_are_libtorchs(string type, int inputs, int outputs, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels) = Of(type);
        Tensor weight = Random(outputs, inputs, precision, 1);
        foreach (int rows in (int[])[1, 2, 3, 4, 5, 8, 9, 21])
        {
            Tensor x = Random(rows, inputs, precision, 2);
            Tensor truth = x.to(ScalarType.Float64).mm(weight.to(ScalarType.Float64).t());
            Assert.True(Numbers.RelativeDistance(kernels.WideProduct(x, weight), truth) < tolerance, $"wide, {rows} rows");
            double rounding = type == "bfloat16" ? 3e-3 : tolerance;
            Assert.True(
                Numbers.RelativeDistance(kernels.Linear(x, weight, bias: null), truth) < rounding,
                $"rounded, {rows} rows"
            );
        }
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public void A_row_has_the_same_bits_beside_others_and_on_one_thread(string type)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels) = Of(type);
        Tensor x = Random(11, 77, precision, 3);
        Tensor weight = Random(131, 77, precision, 4);
        double[] together = Numbers.Of(kernels.WideProduct(x, weight));
        int threads = get_num_threads();
        set_num_threads(1);
        double[] alone = Numbers.Of(kernels.WideProduct(x, weight));
        set_num_threads(threads);
        Assert.Equal(together, alone);
        for (int i = 0; i < 11; i++)
            Assert.Equal(together[(i * 131)..((i + 1) * 131)], Numbers.Of(kernels.WideProduct(x.narrow(0, i, 1), weight)));
    }

    [Fact]
    public void Rows_of_another_width_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => KernelSet.For(Precision.Float32).Linear(ones(2, 5), ones(3, 4), bias: null));
    }

    private static (Precision, KernelSet) Of(string type)
    {
        Precision precision = new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p => p.Name == type);
        return (precision, KernelSet.For(precision));
    }

    private static Tensor Random(long rows, long width, Precision precision, int seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn([rows, width], dtype: ScalarType.Float64, generator: generator).to(precision.Compute);
    }
}
