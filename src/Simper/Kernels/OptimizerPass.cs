using Simper.Models;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels;

/// <summary>The numbers of an AdamW update.</summary>
internal readonly record struct AdamWStep
{
    public required double GradientScale { get; init; }
    public required double LearningRate { get; init; }
    public required double Beta1 { get; init; }
    public required double Beta2 { get; init; }
    public required double Decay { get; init; }
    public required double Epsilon { get; init; }

    /// <summary>1 - beta1^t.</summary>
    public required double Correction1 { get; init; }

    /// <summary>√(1 - beta2^t).</summary>
    public required double RootOfCorrection2 { get; init; }
}

/// <summary>The optimizer's passes over whole tensors.</summary>
internal static unsafe class OptimizerPass
{
    /// <summary>Σ g² of a wide tensor; the same bits for any number of threads.</summary>
    public static double SquareSum(Tensor gradient) => gradient.dtype == ScalarType.Float64 ? SquareSum<double>(gradient) : SquareSum<float>(gradient);

    /// <summary>Moves a parameter and its moments, wide, by its gradient.</summary>
    public static void AdamW(Parameter parameter, Tensor first, Tensor second, AdamWStep step)
    {
        if (first.dtype == ScalarType.Float64)
            AdamW<double>(parameter, first, second, step);
        else
            AdamW<float>(parameter, first, second, step);
    }

    private static double SquareSum<TWide>(Tensor gradient) where TWide : unmanaged
    {
        double[] sums = new double[OptimizerKernel<TWide>.Blocks(gradient.numel())];
        fixed (double* result = sums)
        {
            Workers.Run(new OptimizerKernel<TWide>.SquareSums { Gradient = (TWide*)TensorMemory.Pointer(gradient), Result = result, Numbers = gradient.numel() }, sums.Length);
        }
        return sums.Sum();
    }

    private static void AdamW<TWide>(Parameter parameter, Tensor first, Tensor second, AdamWStep step) where TWide : unmanaged
    {
        bool isSplit = parameter.MissingBits is not null;
        Workers.Run(new OptimizerKernel<TWide>.AdamW
        {
            Weight = isSplit ? null : (TWide*)TensorMemory.Pointer(parameter.Master),
            High = isSplit ? (BFloat16*)TensorMemory.Pointer(parameter.Compute) : null,
            Low = isSplit ? (short*)TensorMemory.Pointer(parameter.MissingBits!) : null,
            Gradient = (TWide*)TensorMemory.Pointer(parameter.GradientBuffer()),
            First = (TWide*)TensorMemory.Pointer(first),
            Second = (TWide*)TensorMemory.Pointer(second),
            Numbers = parameter.Count,
            Step = step,
        }, OptimizerKernel<TWide>.Blocks(parameter.Count));
    }
}
