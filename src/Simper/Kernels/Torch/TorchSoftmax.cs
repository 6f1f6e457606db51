using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

// Legend: C rows of logits, V vocabulary.

/// <summary>
/// The head's log-softmax at one target per row, its gradient, and the soft cap of logits; some rows at a time.
/// </summary>
internal static class TorchSoftmax
{
    public static void Cap(Tensor logits, double cap, Precision precision)
    {
        foreach ((long first, long count) in Slices.Of(logits.size(0), logits.size(1)))
        {
            using var scope = NewDisposeScope();
            Tensor rows = logits.narrow(0, first, count);
            rows.copy_(rows.to(precision.Wide).Over(cap).tanh_().Times(cap));
        }
    }

    public static (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets, Precision precision)
    {
        using var scope = NewDisposeScope();
        Tensor logSumExps = empty([logits.size(0)], dtype: precision.Wide, device: logits.device);
        Tensor logProbs = empty([logits.size(0)], dtype: precision.Wide, device: logits.device);
        ScalarType sumType = Slices.SumType(logits);
        foreach ((long first, long count) in Slices.Of(logits.size(0), logits.size(1)))
        {
            using var slice = NewDisposeScope();
            Tensor rows = logits.narrow(0, first, count).to(precision.Wide);
            Tensor highest = rows.amax([-1], keepdim: true);
            // A float32 sum over a whole vocabulary would lose 1e-5 of a log-prob.
            Tensor sum = (rows - highest).exp_().sum(-1, keepdim: true, type: sumType);
            Tensor logSumExp = sum.log().Plus(highest);
            Tensor chosen = rows.gather(1, targets.narrow(0, first, count).unsqueeze(1));
            logSumExps.narrow(0, first, count).copy_(logSumExp.squeeze(1));
            logProbs.narrow(0, first, count).copy_((chosen - logSumExp).squeeze(1));
        }
        return (logSumExps.MoveToOuterDisposeScope(), logProbs.MoveToOuterDisposeScope());
    }

    public static void Backward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing, double cap, Precision precision)
    {
        foreach ((long first, long count) in Slices.Of(logits.size(0), logits.size(1)))
        {
            using var scope = NewDisposeScope();
            Tensor rows = logits.narrow(0, first, count);
            Tensor wide = rows.to(precision.Wide);
            Tensor target = Column(targets);
            Tensor factor = Column(flowing);
            Tensor shifted = wide - Column(logSumExps);
            Tensor atTarget = shifted.gather(1, target).expm1().neg() * factor; // g (1 - p), exact where p is nearly 1
            Tensor gradient = shifted.exp_().mul_(factor.neg());
            gradient.scatter_(1, target, atTarget);
            if (cap != 0)
            {
                Tensor tanh = wide.Over(cap);
                gradient.mul_((tanh * tanh).neg().Plus(1L));
            }
            rows.copy_(gradient);

            Tensor Column(Tensor numbers) => numbers.narrow(0, first, count).unsqueeze(1);
        }
    }
}
