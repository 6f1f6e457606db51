using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using static Simper.Tests.Kernels.Torch.TorchCases;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels.Torch;

/// <summary>Layer norm, plain activations and the clamped gate: each set against double precision under autograd.</summary>
public class TorchLayerTests
{
    public static TheoryData<string, int, double> Widths =>
        new()
        {
            { "float64", 40, 1e-12 },
            { "float64", 3, 1e-12 },
            { "float32", 64, 2e-6 },
            { "float32", 37, 2e-6 },
            { "bfloat16", 64, 5e-3 },
            { "bfloat16", 37, 5e-3 },
        };

    [Theory]
    [MemberData(nameof(Widths))]
    public void Layer_norm_and_its_gradients(string type, int width, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        Tensor x = Random(precision.Wide, 1, 70, width).Plus(3L);
        Tensor weight = Random(precision.Wide, 2, width);
        Tensor bias = Random(precision.Wide, 3, width);
        Tensor dy = Random(precision.Compute, 4, 70, width);
        Tensor residual = Random(precision.Wide, 5, 70, width);
        foreach (Tensor? b in (Tensor?[])[null, bias])
        {
            (Tensor x64, Tensor weight64) = (Leaf(x), Leaf(weight));
            Tensor centered = x64 - x64.mean([-1], keepdim: true);
            Tensor truth = centered * (centered * centered).mean([-1], keepdim: true).Plus(1e-5).rsqrt() * weight64;
            truth.mul(dy.to(ScalarType.Float64)).sum().backward();
            using var noGrad = no_grad();
            if (b is not null)
                truth = truth.Plus(b.to(ScalarType.Float64));
            foreach (KernelSet kernels in (KernelSet[])[cpu, torch])
            {
                (Tensor output, Tensor inverse) = kernels.LayerNorm(x, weight, b, 1e-5);
                Tensor weightGradient = ones(width, dtype: precision.Wide);
                Tensor gradient = kernels.LayerNormBackward(dy, x, inverse, weight, weightGradient, residual);
                Close(truth, output, tolerance);
                Close(output, kernels.LayerNormAgain(x, weight, b, inverse), 0);
                Close(x64.grad!.Plus(residual), gradient, Math.Min(tolerance, 1e-5));
                Close(weight64.grad!.Plus(1L), weightGradient, Math.Min(tolerance, 1e-5));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Activations_and_their_gradients(string type, int width, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            Tensor x = Random(precision.Compute, 1, 9, width).Times(3L);
            Tensor flowing = Random(precision.Compute, 2, 9, width);
            Tensor leaf = Leaf(x);
            Tensor truth = Activations.Of(activation, leaf);
            truth.mul(flowing.to(ScalarType.Float64)).sum().backward();
            using var noGrad = no_grad();
            foreach (KernelSet kernels in (KernelSet[])[cpu, torch])
            {
                Close(truth, kernels.Activate(x, activation), tolerance);
                Close(leaf.grad!, kernels.ActivateBackward(flowing, x, activation), tolerance);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_clamped_gate_and_its_gradient(string type, int width, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        var clamp = new GateClamp(1.5, 1.702);
        Tensor gateUp = Random(precision.Compute, 1, 9, 2 * width).Times(2L);
        Tensor flowing = Random(precision.Compute, 2, 9, width);
        Tensor leaf = Leaf(gateUp);
        Tensor gate = leaf.narrow(1, 0, width).AtMost(1.5);
        Tensor up = leaf.narrow(1, width, width).AtMost(1.5).AtLeast(-1.5);
        Tensor truth = gate * gate.Times(1.702).sigmoid() * up.Plus(1L);
        truth.mul(flowing.to(ScalarType.Float64)).sum().backward();
        using var noGrad = no_grad();
        foreach (KernelSet kernels in (KernelSet[])[cpu, torch])
        {
            Close(truth, kernels.ClampedGate(gateUp, clamp), tolerance);
            Close(leaf.grad!, kernels.ClampedGateBackward(flowing, gateUp, clamp), tolerance);
        }
    }

    [Fact]
    public void Gelu_keeps_its_digits_far_below_zero()
    {
        using var scope = NewDisposeScope();
        Tensor x = tensor(new double[] { -30, -8, -3, -1, 0, 1, 3, 8, 1e30 }).reshape(1, 9);
        // x Φ(x), by the error function of arbitrary precision
        double[] expected = [-1.4720141781e-196, -4.9767684594e-15, -4.0496940949e-3, -0.15865525393, 0, 0.84134474607];
        foreach (KernelSet kernels in (KernelSet[])[KernelSet.For(Precision.Float64), new TorchKernels(Precision.Float64, CPU)])
        {
            double[] got = Simper.Tests.Toys.Numbers.Of(kernels.Activate(x, Activation.Gelu));
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], got[i], Math.Abs(expected[i]) * 1e-8);
            Assert.Equal(1e30, got[^1]);
        }
    }

    private static Tensor Leaf(Tensor x) => x.to(ScalarType.Float64).clone().requires_grad_();
}
