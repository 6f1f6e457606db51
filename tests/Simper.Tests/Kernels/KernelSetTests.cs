using Simper.Kernels;
using Simper.Kernels.Cpu;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Reference;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>
/// Each kernel against the same formula in double precision under autograd, in all precisions, at widths that fill vectors and
/// that do not.
/// </summary>
public class KernelSetTests
{
    public static TheoryData<string, int, double> Cases =>
        new()
        {
            { "float64", 40, 1e-13 },
            { "float64", 3, 1e-13 },
            { "float32", 64, 2e-6 },
            { "float32", 37, 2e-6 },
            { "bfloat16", 64, 5e-3 },
            { "bfloat16", 37, 5e-3 },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Norm_and_its_gradients(string type, int width, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels) = Of(type);
        Tensor x = Random([70, width], precision.Wide);
        Tensor weight = Random([width], precision.Wide);
        Tensor dy = Random([70, width], precision.Compute);
        Tensor residual = Random([70, width], precision.Wide);
        (Tensor x64, Tensor weight64) = (Leaf(x), Leaf(weight));
        Tensor truth = x64 * (x64 * x64).mean([-1], keepdim: true).Plus(1e-5).rsqrt() * weight64;
        truth.mul(dy.to(ScalarType.Float64)).sum().backward();
        using var noGrad = no_grad();
        (Tensor output, Tensor inverseRms) = kernels.Norm(x, weight, 1e-5);
        Tensor weightGradient = ones(width, dtype: precision.Wide);
        Tensor gradient = kernels.NormBackward(dy, x, inverseRms, weight, weightGradient, residual);
        Close(truth, output, tolerance);
        Assert.Equal(Numbers.Of(output), Numbers.Of(kernels.NormAgain(x, weight, inverseRms)));
        Close(x64.grad!.Plus(residual), gradient, Math.Min(tolerance, 1e-5));
        Close(weight64.grad!.Plus(1L), weightGradient, Math.Min(tolerance, 1e-5));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gate_and_its_gradient(string type, int width, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels) = Of(type);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            Tensor gateUp = Random([9, 2 * width], precision.Compute).Times(4L);
            Tensor flowing = Random([9, width], precision.Compute);
            Tensor leaf = Leaf(gateUp);
            Tensor truth = Activations.Of(activation, leaf.narrow(1, 0, width)) * leaf.narrow(1, width, width);
            truth.mul(flowing.to(ScalarType.Float64)).sum().backward();
            Close(truth, kernels.Gate(gateUp, activation), tolerance);
            Close(leaf.grad!, kernels.GateBackward(flowing, gateUp, activation), tolerance);
        }
    }

    [Theory]
    [InlineData(Activation.Silu)]
    [InlineData(Activation.GeluTanh)]
    public void A_gate_far_below_zero_is_shut_and_not_a_number_that_is_none(Activation activation)
    {
        using var scope = NewDisposeScope();
        foreach (Precision precision in (Precision[])[Precision.Float32, Precision.Float64, Precision.BFloat16])
        {
            KernelSet kernels = KernelSet.For(precision);
            Tensor gateUp = tensor(new float[] { -1e30f, -200, 200, 1e30f, 1, 1, 1, 1 }).reshape(1, 8).to(precision.Compute);
            double[] gated = Numbers.Of(kernels.Gate(gateUp, activation));
            Assert.Equal([0, 0, 200], gated[..3].Select(x => Math.Round(x, 12)));
            Assert.True(gated[3] > 9e29);
            double[] gradient = Numbers.Of(kernels.GateBackward(ones(1, 4, dtype: precision.Compute), gateUp, activation));
            Assert.Equal([0, 0, 1, 1], gradient[..4].Select(x => Math.Round(x, 12)));
            Assert.All(gradient, x => Assert.True(double.IsFinite(x)));
            Tensor none = tensor(new float[] { float.NaN, 1 }).reshape(1, 2).to(precision.Compute);
            Assert.True(double.IsNaN(Numbers.Of(kernels.Gate(none, activation))[0]));
            Assert.True(
                double.IsNaN(Numbers.Of(kernels.GateBackward(ones(1, 1, dtype: precision.Compute), none, activation))[0])
            );
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Capped_logits_and_their_gradient(string type, int words, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels) = Of(type);
        const double cap = 3;
        Tensor logits = Random([11, words], precision.Compute).Times(5L);
        Tensor leaf = Leaf(logits);
        Tensor capped = leaf.Over(cap).tanh().Times(cap);
        Tensor wide = logits.to(precision.Wide, copy: true);
        kernels.SoftCap(wide, cap);
        Close(capped, wide, Math.Min(tolerance, 1e-6));
        kernels.SoftCap(logits, cap);
        Close(capped, logits, tolerance);

        Tensor flowing = Random([11], precision.Wide);
        Tensor targets = randint(words, [11], dtype: ScalarType.Int64);
        Tensor seen = Leaf(logits); // as they were rounded
        Tensor truth = seen.log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
        truth.mul(flowing).sum().backward();
        (Tensor logSumExps, Tensor logProbs) = kernels.LogProbs(logits, targets);
        Close(truth, logProbs, Math.Min(tolerance, 1e-6));
        kernels.LogProbsBackward(logits, targets, logSumExps, flowing, cap);
        Tensor expected = seen.grad! * (seen * seen).Times(-1 / (cap * cap)).Plus(1L);
        Close(expected, logits, tolerance);
    }

    [Fact]
    public void The_gradient_of_capped_logits_is_that_of_the_logits_before()
    {
        using var scope = NewDisposeScope();
        (_, KernelSet kernels) = Of("float64");
        Tensor logits = Random([7, 50], ScalarType.Float64).Times(20L);
        Tensor flowing = Random([7], ScalarType.Float64);
        Tensor targets = randint(50, [7], dtype: ScalarType.Int64);
        Tensor leaf = Leaf(logits);
        Tensor logProbs = leaf.Over(30).tanh().Times(30L).log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
        logProbs.mul(flowing).sum().backward();
        kernels.SoftCap(logits, 30);
        (Tensor logSumExps, Tensor scored) = kernels.LogProbs(logits, targets);
        kernels.LogProbsBackward(logits, targets, logSumExps, flowing, 30);
        Close(logProbs, scored, 1e-13);
        Close(leaf.grad!, logits, 1e-12);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Log_probs_and_their_gradient(string type, int words, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels) = Of(type);
        Tensor logits = Random([11, words], precision.Compute).Times(5L);
        Tensor flowing = Random([11], precision.Wide);
        Tensor targets = randint(words, [11], dtype: ScalarType.Int64);
        Tensor leaf = Leaf(logits);
        Tensor truth = leaf.log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
        truth.mul(flowing).sum().backward();
        (Tensor logSumExps, Tensor logProbs) = kernels.LogProbs(logits, targets);
        Close(leaf.logsumexp(1), logSumExps, Math.Min(tolerance, 1e-6));
        Close(truth, logProbs, Math.Min(tolerance, 1e-6)); // wide, whatever the logits are
        kernels.LogProbsBackward(logits, targets, logSumExps, flowing);
        Close(leaf.grad!, logits, tolerance);
    }

    [Theory]
    [InlineData("float32", 49_152)]
    [InlineData("float32", 262_144)]
    [InlineData("bfloat16", 262_144)]
    public void Log_probs_over_a_large_vocabulary_lose_no_small_terms(string type, int words)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels) = Of(type);
        // A few likely words above a great many unlikely ones, as models have it.
        Tensor logits = Random([24, words], ScalarType.Float32).Times(2L);
        logits.narrow(1, 7, 3).PlusInPlace(14);
        logits = logits.to(precision.Compute);
        Tensor targets = randint(words, [24], dtype: ScalarType.Int64);
        Tensor truth = logits.to(ScalarType.Float64).log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
        (_, Tensor logProbs) = kernels.LogProbs(logits, targets);
        double[] distances = Numbers.Of(logProbs.to(ScalarType.Float64) - truth);
        // half of float32's spacing near -20 is 1e-6
        Assert.True(distances.Max(Math.Abs) < 1.5e-6, $"largest {distances.Max(Math.Abs):E1}");
        Assert.True(Math.Abs(distances.Average()) < 5e-7, $"mean {distances.Average():E1}");
    }

    [Theory]
    [InlineData("float64", false)]
    [InlineData("float32", false)]
    [InlineData("bfloat16", true)]
    public void Adamw_is_libtorchs_and_split_weights_move_as_whole_ones(string type, bool isSplit)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (Precision precision, KernelSet kernels) = Of(type);
        Tensor start = Random([300, 37], precision.Wide).to(precision.Compute).to(precision.Wide);
        using TensorWeight weight = Weight.Of("w", start, kernels, isMatrix: true, trains: true);
        Assert.Equal(isSplit, weight is SplitWeight);
        Parameter parameter = weight.Parameter!;
        Tensor first = zeros_like(start);
        Tensor second = zeros_like(start);
        Tensor expected = start.clone();
        Tensor m = zeros_like(start);
        Tensor v = zeros_like(start);
        Tensor count = zeros([], dtype: ScalarType.Float32);
        for (int step = 1; step <= 5; step++)
        {
            Tensor gradient = Random([300, 37], precision.Wide, seed: step);
            parameter.ClearGradient();
            parameter.AddToGradient(gradient);
            parameter.Update(
                first,
                second,
                new AdamWStep
                {
                    GradientScale = 0.5,
                    LearningRate = 0.01,
                    Beta1 = 0.9,
                    Beta2 = 0.999,
                    Decay = 0.1,
                    Epsilon = 1e-8,
                    Correction1 = 1 - Math.Pow(0.9, step),
                    RootOfCorrection2 = Math.Sqrt(1 - Math.Pow(0.999, step)),
                }
            );
            count.PlusInPlace(1);
            Aten.FusedAdamW([expected], [gradient.Times(0.5)], [m], [v], [count], 0.01, 0.9, 0.999, 0.1, 1e-8);
        }
        Close(expected, parameter.Values(), type == "float64" ? 1e-14 : 1e-6);
        Assert.Equal(Numbers.Of(parameter.Values().to(precision.Compute)), Numbers.Of(parameter.Compute));
    }

    [Fact]
    public void The_norm_of_many_small_gradients_keeps_them_all()
    {
        using var scope = NewDisposeScope();
        Tensor gradient = HeldNumbers.Filled(1e-4, ScalarType.Float32, 3_000_001);
        Assert.Equal(3_000_001 * (double)1e-4f * 1e-4f, OptimizerPass.SquareSum(gradient), 1e-7);
    }

    private static (Precision, KernelSet) Of(string type)
    {
        Precision precision = new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p => p.Name == type);
        return (precision, KernelSet.For(precision));
    }

    private static Tensor Random(long[] size, ScalarType type, int seed = 9)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn(size, dtype: ScalarType.Float64, generator: generator).to(type);
    }

    private static Tensor Leaf(Tensor values) => values.detach().to(ScalarType.Float64).clone().requires_grad_();

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        double distance = Numbers.RelativeDistance(actual, expected);
        Assert.True(distance < tolerance, $"relative distance {distance}");
    }
}
