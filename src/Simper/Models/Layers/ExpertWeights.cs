using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: E experts, N outputs, D inputs, n tokens of one expert.

/// <summary>
/// One matrix of every expert, stacked [E N, D], their biases [E N], or null, and the adapters of some of them.
/// </summary>
internal sealed class ExpertWeights(
    Weight weight,
    TensorWeight? bias,
    IReadOnlyDictionary<int, LowRank> adapters,
    int experts,
    KernelSet kernels
)
{
    public IEnumerable<Weight> Weights =>
        [weight, .. bias is null ? (Weight[])[] : [bias], .. adapters.Values.SelectMany(a => a.Weights)];

    /// <summary>N.</summary>
    public long Outputs => weight.Rows / experts;

    /// <summary>An expert's biases [N], compute.</summary>
    public Tensor? BiasOf(int expert) => bias is null ? null : Part(bias.Compute, expert);

    /// <summary>An expert's outputs [n, N], compute, of its inputs [n, D].</summary>
    public Tensor Forward(int expert, Tensor x)
    {
        Tensor y = kernels.Linear(x, Of(expert), BiasOf(expert));
        adapters.GetValueOrDefault(expert)?.AddTo(y, x);
        return y;
    }

    /// <summary>The gradient of an expert's inputs [n, D], compute, from that of its outputs [n, N].</summary>
    public Tensor Backward(int expert, Tensor dy)
    {
        Tensor dx = kernels.LinearBackward(dy, Of(expert));
        if (adapters.TryGetValue(expert, out LowRank? own))
            dx.PlusInPlace(own.Backward(dy));
        return dx;
    }

    /// <summary>Accumulates an expert's gradients, from that of its outputs [n, N], compute, and its inputs [n, D].</summary>
    public void AddGradients(int expert, Tensor dy, Tensor x)
    {
        if (weight.Parameter is { } trained)
            kernels.AddWeightGradient(Part(trained.GradientBuffer(), expert), dy, x, adds: true);
        if (bias?.Parameter is { } shifted)
            Part(shifted.GradientBuffer(), expert).PlusInPlace(dy.sum([0L], type: kernels.Precision.Wide));
        adapters.GetValueOrDefault(expert)?.AddGradients(dy, x);
    }

    private WeightMatrix Of(int expert) => weight.Matrix.Slice(expert * Outputs, Outputs);

    private Tensor Part(Tensor all, int expert) => all.narrow(0, expert * Outputs, Outputs);
}
