using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// y = x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019). Some families store w minus one (<paramref name="offset"/> 1).
/// Owns its weight.
/// </summary>
internal sealed class RmsNorm(FloatWeight weight, double epsilon, long offset, KernelSet kernels)
{
    public IEnumerable<Weight> Weights => [weight];

    private Tensor Scale => offset == 0 ? weight.Wide : weight.Wide.Plus(offset);

    /// <summary>y [N, D], compute, from x [N, D], wide; and 1 / root mean square [N], wide.</summary>
    public (Tensor Output, Tensor InverseRms) Forward(Tensor x) => kernels.Norm(x, Scale, epsilon);

    /// <summary>Recomputes y.</summary>
    public Tensor Again(Tensor x, Tensor inverseRms) => kernels.NormAgain(x, Scale, inverseRms);

    /// <summary>residual + the gradient of x [N, D], wide; accumulates the weight gradient.</summary>
    public Tensor Backward(Tensor dy, Tensor x, Tensor inverseRms, Tensor? residual) =>
        kernels.NormBackward(dy, x, inverseRms, Scale, weight.Parameter?.GradientBuffer(), residual);
}
