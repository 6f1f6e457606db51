using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static Simper.Tests.Kernels.Torch.TorchCases;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels.Torch;

/// <summary>Each operation but attention in libtorch's operators, on the CPU, against the CPU's own set.</summary>
public class TorchKernelsTests
{
    public static TheoryData<string, int, double> Widths => TorchCases.Widths;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Norms_and_their_gradients(string type, int width, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        Tensor x = Random(precision.Wide, 1, 70, width);
        Tensor weight = Random(precision.Wide, 2, width);
        Tensor dy = Random(precision.Compute, 3, 70, width);
        Tensor residual = Random(precision.Wide, 4, 70, width);
        (Tensor expected, Tensor rms) = cpu.Norm(x, weight, 1e-5);
        (Tensor output, Tensor inverseRms) = torch.Norm(x, weight, 1e-5);
        double wide = Math.Min(tolerance, 1e-6);
        Same(rms, inverseRms, wide);
        Same(expected, output, tolerance);
        Assert.Equal(Numbers.Of(output), Numbers.Of(torch.NormAgain(x, weight, inverseRms)));
        foreach (Tensor? before in (Tensor?[])[residual, null])
        {
            Tensor cpuSum = Random(precision.Wide, 5, width);
            Tensor torchSum = cpuSum.clone();
            Same(
                cpu.NormBackward(dy, x, rms, weight, cpuSum, before),
                torch.NormBackward(dy, x, rms, weight, torchSum, before),
                wide
            );
            Same(cpuSum, torchSum, wide);
            Tensor frozen = torch.NormBackward(dy, x, rms, weight, weightGradient: null, before); // the weight is not trained
            Same(cpu.NormBackward(dy, x, rms, weight, weightGradient: null, before), frozen, wide);
        }
    }

    [Fact]
    public void A_row_of_zeros_has_a_norm()
    {
        using var scope = NewDisposeScope();
        (_, TorchKernels torch, _) = Sets("float32");
        Assert.Equal([0, 0, 0], Numbers.Of(torch.Norm(zeros(1, 3), ones(3), 1e-6).Output));
    }

    [Theory]
    [InlineData("float64", 3, 40, 70, 1e-13)]
    [InlineData("float64", 17, 5, 3, 1e-13)]
    [InlineData("float32", 1, 33, 51, 1e-6)]
    [InlineData("float32", 70, 64, 96, 1e-6)]
    [InlineData("bfloat16", 1, 33, 51, 3e-3)]
    [InlineData("bfloat16", 70, 64, 96, 3e-3)]
    public void Linear_layers_and_their_gradients(string type, int tokens, int inputs, int outputs, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        Tensor x = Random(precision.Compute, 1, tokens, inputs);
        Tensor weight = Random(precision.Compute, 2, outputs, inputs);
        Tensor dy = Random(precision.Compute, 3, tokens, outputs);
        foreach (Tensor? bias in (Tensor?[])[null, Random(precision.Compute, 4, outputs)])
        {
            Same(cpu.Linear(x, weight, bias), torch.Linear(x, weight, bias), tolerance);
            foreach (Tensor? residual in (Tensor?[])[null, Random(precision.Wide, 5, tokens, outputs)])
                Same(cpu.AddLinear(residual, x, weight, bias), torch.AddLinear(residual, x, weight, bias), tolerance);
        }
        Same(cpu.WideProduct(x, weight), torch.WideProduct(x, weight), Math.Min(tolerance, 1e-6));
        Same(cpu.LinearBackward(dy, weight), torch.LinearBackward(dy, weight), tolerance);
        Tensor cpuSum = HeldNumbers.Filled(double.NaN, precision.Wide, outputs, inputs);
        Tensor torchSum = cpuSum.clone();
        foreach (bool adds in (bool[])[false, true, true])
        {
            cpu.AddWeightGradient(cpuSum, dy, x, adds);
            torch.AddWeightGradient(torchSum, dy, x, adds);
            Same(cpuSum, torchSum, tolerance);
        }
        Assert.Throws<ArgumentException>(() => torch.Linear(x, dy, bias: null));
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Gated_layers_and_their_gradients(string type, int width, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        Tensor x = Random(precision.Compute, 1, 19, 24);
        Tensor weight = Random(precision.Wide, 2, 2 * width, 24).Over(Math.Sqrt(24)).to(precision.Compute);
        Tensor bias = Random(precision.Compute, 3, 2 * width);
        Tensor down = Random(precision.Compute, 4, 24, width);
        Tensor dy = Random(precision.Compute, 5, 19, 24);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            (Tensor expectedGateUp, Tensor expected) = cpu.GatedLinear(x, weight, bias, activation);
            (Tensor gateUp, Tensor gated) = torch.GatedLinear(x, weight, bias, activation);
            Same(expectedGateUp, gateUp, tolerance);
            Same(expected, gated, tolerance);
            (expected, _) = cpu.GatedLinearBackward(dy, down, gateUp, activation);
            (Tensor gradient, Tensor again) = torch.GatedLinearBackward(dy, down, gateUp, activation);
            Same(expected, gradient, tolerance);
            Assert.Equal(Numbers.Of(gated), Numbers.Of(again)); // to the bit: it is not kept
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Activations_are_those_of_the_definition(string type, int width, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, _) = Sets(type);
        double rounding = type == "bfloat16" ? 4e-3 : tolerance;
        Tensor gateUp = Random(precision.Wide, 1, 9, 2 * width).Times(4L).to(precision.Compute);
        Tensor flowing = Random(precision.Compute, 2, 9, width);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            Tensor leaf = gateUp.to(ScalarType.Float64).clone().requires_grad_();
            Tensor gate = leaf.narrow(1, 0, width);
            Tensor truth = Activations.Of(activation, gate) * leaf.narrow(1, width, width);
            (truth * flowing.to(ScalarType.Float64)).sum().backward();
            Close(truth, torch.Gate(gateUp, activation), rounding);
            Close(leaf.grad!, torch.GateBackward(flowing, gateUp, activation), rounding);
        }
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    [InlineData("float64")]
    public void A_gate_far_below_zero_is_shut_and_not_a_number_that_is_none(string type)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, _) = Sets(type);
        Tensor gateUp = tensor(new double[] { -1e30, -200, 200, 1e30, 1, 1, 1, 1 }).reshape(1, 8).to(precision.Compute);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            double[] gated = Numbers.Of(torch.Gate(gateUp, activation));
            Assert.Equal([0, 0, 200], gated[..3].Select(x => Math.Abs(x) < 1e-80 ? 0 : x));
            Assert.Equal(1, gated[3] / 1e30, 0.01);
            double[] gradient = Numbers.Of(torch.GateBackward(ones_like(gateUp.narrow(1, 0, 4)), gateUp, activation));
            Assert.Equal([0, 0, 1, 1], gradient[..4].Select(x => Math.Abs(x) < 1e-80 ? 0 : x));
        }
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    [InlineData("float64")]
    public void Sums_roundings_and_rotations_have_the_same_bits(string type)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        Tensor wide = Random(precision.Wide, 1, 41, 37);
        Tensor narrow = Random(precision.Compute, 2, 41, 37);
        Assert.Equal(Numbers.Of(cpu.Add(wide, narrow)), Numbers.Of(torch.Add(wide, narrow)));
        Assert.Equal(Numbers.Of(cpu.Round(wide)), Numbers.Of(torch.Round(wide)));
        HeadShape shape = new(6, 2, 14, 0.25);
        Tensor angles = rand([41, 7], dtype: ScalarType.Float64).Times(6L);
        (Tensor cos, Tensor sin) = (angles.cos().to(precision.Wide), angles.sin().to(precision.Wide));
        Tensor ours = Random(precision.Compute, 3, 41, 140);
        Tensor theirs = ours.clone();
        cpu.Rotate(ours, cos, sin, shape);
        torch.Rotate(theirs, cos, sin, shape);
        Assert.Equal(Numbers.Of(ours), Numbers.Of(theirs));
    }

    [Fact]
    public void Empty_tensors_and_indices_lie_on_the_device_of_the_set()
    {
        using var scope = NewDisposeScope();
        (_, TorchKernels torch, _) = Sets("bfloat16");
        Tensor tensor = torch.Empty(ScalarType.BFloat16, 3, 5);
        Assert.Equal([3L, 5], tensor.shape);
        Assert.Equal(ScalarType.BFloat16, tensor.dtype);
        Assert.Equal([0.0, 0], Numbers.Of(torch.Zeros(ScalarType.Float32, 2)));
        Assert.Equal([3.0, 1], Numbers.Of(torch.Indices([3, 1])));
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public void Where_no_scope_is_open_results_are_the_callers_and_nothing_else_is_left(string type)
    {
        (Precision precision, TorchKernels torch, _) = Sets(type);
        using Tensor wide = Random(precision.Wide, 1, 8, 12);
        using Tensor compute = Random(precision.Compute, 2, 8, 12);
        using Tensor weight = Random(precision.Compute, 3, 12, 12);
        using Tensor scale = Random(precision.Wide, 4, 12);
        using Tensor bias = Random(precision.Compute, 8, 12);
        using Tensor sum = Random(precision.Wide, 5, 12, 12);
        using Tensor down = Random(precision.Compute, 9, 12, 6);
        using Tensor targets = Targets(12, 8, 6);
        using Tensor angles = Random(precision.Wide, 7, 8, 1);
        HeadShape shape = new(2, 2, 2, 0.5);
        TokenLayout layout = TokenLayout.Of((5, -1), (3, 0));
        using (torch)
        {
            Live.ExpectNoneLeft(() =>
            {
                (Tensor output, Tensor inverseRms) = torch.Norm(wide, scale, 1e-5);
                (Tensor gateUp, Tensor gated) = torch.GatedLinear(compute, weight, bias, Activation.GeluTanh);
                (Tensor gateUpGradient, Tensor again) = torch.GatedLinearBackward(compute, down, gateUp, Activation.GeluTanh);
                (Tensor attended, Tensor logSumExp) = torch.Attend(compute, layout, shape);
                (Tensor sums, Tensor logProbs) = torch.LogProbs(compute, targets);
                Tensor[] results =
                [
                    output,
                    inverseRms,
                    gateUp,
                    gated,
                    gateUpGradient,
                    again,
                    attended,
                    logSumExp,
                    sums,
                    logProbs,
                    torch.NormAgain(wide, scale, inverseRms),
                    torch.NormBackward(compute, wide, inverseRms, scale, scale, wide),
                    torch.Linear(compute, weight, null),
                    torch.AddLinear(wide, compute, weight, null),
                    torch.AddLinear(null, compute, weight, null),
                    torch.WideProduct(compute, weight),
                    torch.LinearBackward(compute, weight),
                    torch.Add(wide, compute),
                    torch.Round(wide),
                    torch.AttendBackward(attended, compute, attended, logSumExp, new(layout, angles, angles), shape),
                ];
                torch.AddWeightGradient(sum, compute, compute, adds: true);
                torch.Rotate(compute, angles, angles, shape);
                torch.SoftCap(compute, 5);
                torch.LogProbsBackward(compute, targets, sums, logProbs, 5);
                foreach (Tensor result in results)
                {
                    Assert.False(result.IsInvalid);
                    result.Dispose();
                }
            });
        }
    }
}
