using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static Simper.Tests.Kernels.Torch.TorchCases;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels.Torch;

/// <summary>
/// The head's softmax in libtorch's operators against the CPU's own, and against double precision under autograd.
/// </summary>
public class TorchSoftmaxTests
{
    public static TheoryData<string, int, double> Widths => TorchCases.Widths;

    [Theory]
    [MemberData(nameof(Widths))]
    public void Log_probs_and_their_gradient(string type, int words, double tolerance)
    {
        ExpectSame(type, words, cap: 0, tolerance);
        ExpectSame(type, words, cap: 7, tolerance);
    }

    private static void ExpectSame(string type, int words, double cap, double tolerance)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        Tensor ours = Random(precision.Wide, 1, 11, words).Times(5L).to(precision.Compute);
        Tensor theirs = ours.clone();
        if (cap != 0)
        {
            cpu.SoftCap(ours, cap);
            torch.SoftCap(theirs, cap);
            Same(ours, theirs, tolerance);
            theirs = ours.clone();
        }
        Tensor targets = Targets(words, 11, 2);
        Tensor flowing = Random(precision.Wide, 3, 11);
        (Tensor expectedSums, Tensor expected) = cpu.LogProbs(ours, targets);
        (Tensor sums, Tensor logProbs) = torch.LogProbs(theirs, targets);
        double wide = Math.Min(tolerance, 1e-6);
        Same(expectedSums, sums, wide);
        Same(expected, logProbs, wide);
        cpu.LogProbsBackward(ours, targets, expectedSums, flowing, cap);
        torch.LogProbsBackward(theirs, targets, expectedSums, flowing, cap);
        Same(ours, theirs, tolerance);
    }

    [Theory]
    [InlineData("float64", 40, 1e-13, 1e-13)]
    [InlineData("float32", 37, 1e-6, 1e-6)]
    [InlineData("bfloat16", 37, 4e-3, 8e-3)] // the factor 1 - (logit / cap)² is that of the rounded logit
    public void Capped_logits_and_the_gradient_of_those_before(string type, int words, double forward, double backward)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, _) = Sets(type);
        const double cap = 7;
        Tensor logits = Random(precision.Wide, 1, 11, words).Times(5L).to(precision.Compute);
        Tensor targets = Targets(words, 11, 2);
        Tensor flowing = Random(precision.Wide, 3, 11);
        Tensor leaf = logits.to(ScalarType.Float64).clone().requires_grad_();
        Tensor capped = leaf.Over(cap).tanh().Times(cap);
        torch.SoftCap(logits, cap);
        Close(capped, logits, forward);
        (Tensor sums, Tensor logProbs) = torch.LogProbs(logits, targets);
        Tensor truth = capped.log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
        (truth * flowing).sum().backward();
        Close(truth, logProbs, forward);
        torch.LogProbsBackward(logits, targets, sums, flowing, cap);
        Close(leaf.grad!, logits, backward);
    }

    [Theory]
    [InlineData("float32", 49_152)]
    [InlineData("float32", 262_144)]
    [InlineData("bfloat16", 262_144)]
    public void Log_probs_over_a_large_vocabulary_lose_no_small_terms(string type, int words)
    {
        using var scope = NewDisposeScope();
        (Precision precision, TorchKernels torch, _) = Sets(type);
        // A few likely words above a great many unlikely ones, as models have it; more rows than a slice has.
        const int rows = 72;
        Tensor logits = Random(ScalarType.Float32, 1, rows, words).Times(2L);
        logits.narrow(1, 7, 3).PlusInPlace(14);
        logits = logits.to(precision.Compute);
        Tensor targets = Targets(words, rows, 2);
        Tensor truth = logits.to(ScalarType.Float64).log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
        (_, Tensor logProbs) = torch.LogProbs(logits, targets);
        double[] distances = Numbers.Of(logProbs.to(ScalarType.Float64) - truth);
        // half of float32's spacing near -20 is 1e-6
        Assert.True(distances.Max(Math.Abs) < 1.5e-6, $"largest {distances.Max(Math.Abs):E1}");
        Assert.True(Math.Abs(distances.Average()) < 5e-7, $"mean {distances.Average():E1}");
    }
}
