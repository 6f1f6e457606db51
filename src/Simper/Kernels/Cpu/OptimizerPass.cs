using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>The optimizer's passes over whole tensors.</summary>
internal static unsafe class OptimizerPass
{
    /// <summary>Σ g² of a wide tensor; bit-identical for any number of threads.</summary>
    public static double SquareSum(Tensor gradient) =>
        gradient.dtype == ScalarType.Float64 ? SquareSum<double>(gradient) : SquareSum<float>(gradient);

    /// <summary>
    /// Updates weights and their moments from their gradient; all wide, except for split weights (see <see cref="SplitFloat"/>).
    /// </summary>
    /// <remarks>Weights are wide, or the upper halves where the low bits (the lower halves) are given.</remarks>
    public static void AdamW(Tensor weights, Tensor? lowBits, Tensor gradient, Tensor first, Tensor second, AdamWStep step)
    {
        if (first.dtype == ScalarType.Float64)
            AdamW<double>(weights, lowBits, gradient, first, second, step);
        else
            AdamW<float>(weights, lowBits, gradient, first, second, step);
    }

    private static double SquareSum<TWide>(Tensor gradient)
        where TWide : unmanaged
    {
        double[] sums = new double[OptimizerKernel<TWide>.Blocks(gradient.numel())];
        fixed (double* result = sums)
        {
            Workers.Run(
                new OptimizerKernel<TWide>.SquareSums
                {
                    Gradient = (TWide*)TensorMemory.Pointer(gradient),
                    Result = result,
                    Numbers = gradient.numel(),
                },
                sums.Length
            );
        }
        return sums.Sum();
    }

    private static void AdamW<TWide>(
        Tensor weights,
        Tensor? lowBits,
        Tensor gradient,
        Tensor first,
        Tensor second,
        AdamWStep step
    )
        where TWide : unmanaged
    {
        bool isSplit = lowBits is not null;
        Workers.Run(
            new OptimizerKernel<TWide>.AdamW
            {
                Weight = isSplit ? null : (TWide*)TensorMemory.Pointer(weights),
                High = isSplit ? (BFloat16*)TensorMemory.Pointer(weights) : null,
                Low = isSplit ? (short*)TensorMemory.Pointer(lowBits!) : null,
                Gradient = (TWide*)TensorMemory.Pointer(gradient),
                First = (TWide*)TensorMemory.Pointer(first),
                Second = (TWide*)TensorMemory.Pointer(second),
                Numbers = weights.numel(),
                Step = step,
            },
            OptimizerKernel<TWide>.Blocks(weights.numel())
        );
    }
}
