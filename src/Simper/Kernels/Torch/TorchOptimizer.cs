using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>The optimizer's passes, a slice at a time.</summary>
internal static class TorchOptimizer
{
    /// <summary>Values per partial sum. A single one is never split among threads, so its bits are always the same.</summary>
    private const long SumNumbers = 1024;

    public static double SquareSum(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        Tensor flat = gradient.view(-1);
        ScalarType sumType = Slices.SumType(gradient);
        var sums = new List<Tensor>();
        foreach ((long first, long count) in Slices.Of(flat.size(0)))
        {
            using var slice = NewDisposeScope();
            Tensor numbers = flat.narrow(0, first, count).to(sumType);
            numbers = numbers * numbers;
            long whole = count - count % SumNumbers;
            sums.Add(numbers.narrow(0, 0, whole).view(-1, SumNumbers).sum(1).MoveToOuterDisposeScope());
            sums.Add(numbers.narrow(0, whole, count - whole).sum(0, keepdim: true).MoveToOuterDisposeScope());
        }
        if (sums.Count == 0)
            return 0;
        double total = 0;
        foreach (double sum in cat(sums).cpu().to(ScalarType.Float64).data<double>())
            total += sum;
        return total;
    }

    /// <summary>One AdamW update (Loshchilov and Hutter; the rule of torch.optim.AdamW), with the gradient scaled
    /// first.</summary>
    public static void AdamW(Tensor weights, Tensor? lowBits, Tensor gradient, Tensor first, Tensor second, AdamWStep step)
    {
        using var scope = NewDisposeScope();
        (weights, gradient, first, second) = (weights.view(-1), gradient.view(-1), first.view(-1), second.view(-1));
        lowBits = lowBits?.view(-1);
        foreach ((long start, long count) in Slices.Of(weights.size(0)))
        {
            using var slice = NewDisposeScope();
            Tensor move = Move(Part(gradient).Times(step.GradientScale), Part(first), Part(second), step);
            Tensor weight = Part(weights);
            double kept = 1 - step.LearningRate * step.Decay;
            if (lowBits is null)
            {
                move.PlusInPlace(weight, kept);
                weight.copy_(move);
            }
            else
            {
                Tensor missing = Part(lowBits);
                move.PlusInPlace(TorchSplit.Read(weight, missing), kept);
                TorchSplit.Write(move, weight, missing);
            }

            Tensor Part(Tensor all) => all.narrow(0, start, count);
        }
    }

    /// <summary>Updates the moments; returns the update of the weights, apart from their decay.</summary>
    private static Tensor Move(Tensor gradient, Tensor first, Tensor second, AdamWStep step)
    {
        first.PlusInPlace(gradient - first, 1 - step.Beta1);
        second.TimesInPlace(step.Beta2);
        second.PlusProductInPlace(gradient, gradient, 1 - step.Beta2);
        Tensor root = second.sqrt().Over(step.RootOfCorrection2).Plus(step.Epsilon);
        return first.Times(-step.LearningRate / step.Correction1) / root;
    }
}
