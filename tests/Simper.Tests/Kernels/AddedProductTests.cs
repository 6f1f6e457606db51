using Simper.Kernels;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>
/// A linear layer and its adapters in one product: the same as both apart, in float64, and in bfloat16 the exact sum rounded
/// once.
/// </summary>
public class AddedProductTests
{
    public static TheoryData<int, int, int, int> Shapes =>
        new()
        {
            { 40, 64, 96, 4 },
            { 33, 100, 70, 6 }, // panels with a rest
            { 130, 5000, 130, 32 }, // a depth in two parts
            { 64, 128, 3000, 2 }, // more columns than are packed at once, where gate and up are side by side
            { 20, 64, 64, 3 }, // an odd rank, which is added apart
            { 3, 64, 64, 4 }, // few rows
        };

    private static Tensor Random(Generator generator, ScalarType type, params long[] shape) =>
        randn(shape, generator: generator).Times(0.5).to(type);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Is_both_products_in_one(int rows, int inputs, int outputs, int rank)
    {
        foreach (Precision precision in (Precision[])[Precision.Float64, Precision.Float32, Precision.BFloat16])
        {
            using KernelSet kernels = KernelSet.For(precision);
            foreach (bool invariant in (bool[])[false, true])
            {
                kernels.IsBatchInvariant = invariant;
                Check(kernels, rows, inputs, outputs, rank);
            }
        }
    }

    private static void Check(KernelSet kernels, int rows, int inputs, int outputs, int rank)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        ScalarType type = kernels.Precision.Compute;
        Tensor x = Random(generator, type, rows, inputs);
        Tensor w = Random(generator, type, outputs, inputs);
        Tensor bias = Random(generator, type, outputs);
        Tensor u = Random(generator, type, rows, rank);
        Tensor up = Random(generator, type, outputs, rank);
        Tensor a = Random(generator, type, rank, inputs);
        Tensor dy = Random(generator, type, rows, outputs);
        Tensor residual = Random(generator, kernels.Precision.Wide, rows, outputs);
        Tensor Exact(Tensor t) => t.to(ScalarType.Float64);

        Tensor y = Exact(x).mm(Exact(w).t()).Plus(Exact(u).mm(Exact(up).t())).Plus(Exact(bias));
        // Fused, the sum is rounded once, or not at all; apart also on the way.
        bool isApart = rank % 2 != 0 || (rows < 16 && !kernels.IsBatchInvariant) || !MatrixUnit.IsAvailable;
        double units = isApart ? 3 : 1.01;
        Close(y, kernels.LinearPlus(x, w, bias, u, up), type, units);
        Close(y.Plus(Exact(residual)), kernels.AddLinearPlus(residual, x, w, bias, u, up), type, isApart ? 2 : 0.01);
        (Tensor gateUp, Tensor gated) = kernels.GatedLinearPlus(x, w, bias, Activation.Silu, u, up);
        Close(y, gateUp, type, units);
        Close(Exact(kernels.Gate(gateUp, Activation.Silu)), gated, type);

        Tensor dx = Exact(dy).mm(Exact(w)).Plus(Exact(u).mm(Exact(a)));
        Close(dx, kernels.LinearPlusBackward(dy, w, u, a), type, units);
        Tensor before = Random(generator, type, rows, 2L * inputs);
        (Tensor dBefore, Tensor again) = kernels.GatedLinearPlusBackward(dy, w, before, Activation.Silu, u, a);
        Close(Exact(kernels.Gate(before, Activation.Silu)), again, type);
        Close(
            Exact(kernels.GateBackward(kernels.Round(dx.to(kernels.Precision.Wide)), before, Activation.Silu)),
            dBefore,
            type,
            8
        );
    }

    // In units of 2⁻⁸ of the largest value: what one rounding to bfloat16 can change.
    private static void Close(Tensor expected, Tensor actual, ScalarType type, double units = 1.01)
    {
        double relative =
            type == ScalarType.BFloat16 ? units / 256
            : type == ScalarType.Float32 ? 2e-5
            : 1e-12;
        Tensor difference = (expected - actual.to(ScalarType.Float64)).abs();
        double scale = expected.abs().max().item<double>();
        Assert.InRange(difference.max().item<double>(), 0, relative * scale);
    }
}
