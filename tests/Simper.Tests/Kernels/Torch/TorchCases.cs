using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels.Torch;

/// <summary>What the tests of libtorch's set share: the set beside the CPU's, random inputs, closeness.</summary>
internal static class TorchCases
{
    /// <summary>Precisions, an odd and an even width, and how close the two sets are.</summary>
    public static TheoryData<string, int, double> Widths =>
        new()
        {
            { "float64", 40, 1e-13 },
            { "float64", 3, 1e-13 },
            { "float32", 64, 1e-6 },
            { "float32", 37, 1e-6 },
            { "bfloat16", 64, 1e-3 }, // numbers next to a tie are rounded to either side
            { "bfloat16", 37, 1e-3 },
        };

    public static (Precision Precision, TorchKernels Torch, KernelSet Cpu) Sets(string type)
    {
        Precision precision = Of(type);
        return (precision, new TorchKernels(precision, CPU), KernelSet.Plain(precision));
    }

    public static Precision Of(string type) =>
        new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p => p.Name == type);

    public static Tensor Random(ScalarType type, int seed, params long[] size)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn(size, dtype: ScalarType.Float64, generator: generator).to(type);
    }

    public static Tensor Targets(int words, int rows, int seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randint(words, [rows], dtype: ScalarType.Int64, generator: generator);
    }

    public static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(actual.is_contiguous());
        double distance = Numbers.RelativeDistance(actual, expected);
        Assert.True(distance <= tolerance, $"relative distance {distance:E1}");
    }

    /// <summary>Close, and of the same type: what one set gives is what the other gives.</summary>
    public static void Same(Tensor cpu, Tensor torch, double tolerance)
    {
        Assert.Equal(cpu.dtype, torch.dtype);
        Close(cpu, torch, tolerance);
    }
}
