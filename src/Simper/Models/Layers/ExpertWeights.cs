using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: E experts, N outputs, D inputs.

/// <summary>One matrix of every expert, stacked [E N, D], and their biases [E N], or null.</summary>
internal sealed class ExpertWeights(Weight weight, TensorWeight? bias, int experts)
{
    public IEnumerable<Weight> Weights => bias is null ? [weight] : [weight, bias];

    /// <summary>N.</summary>
    public long Outputs => weight.Rows / experts;

    /// <summary>An expert's matrix [N, D], compute or packed.</summary>
    public WeightMatrix Of(int expert) => weight.Matrix.Slice(expert * Outputs, Outputs);

    /// <summary>An expert's biases [N], compute.</summary>
    public Tensor? BiasOf(int expert) => bias is null ? null : Part(bias.Compute, expert);

    /// <summary>Accumulates an expert's gradients, from that of its outputs [n, N], compute, and its inputs [n, D].</summary>
    public void AddGradients(int expert, Tensor dy, Tensor x, KernelSet kernels)
    {
        if (weight.Parameter is { } trained)
            kernels.AddWeightGradient(Part(trained.GradientBuffer(), expert), dy, x, adds: true);
        if (bias?.Parameter is { } shifted)
            Part(shifted.GradientBuffer(), expert).PlusInPlace(dy.sum([0L], type: kernels.Precision.Wide));
    }

    private Tensor Part(Tensor all, int expert) => all.narrow(0, expert * Outputs, Outputs);
}
