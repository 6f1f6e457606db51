using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// y = x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019). Some families store w minus one (<paramref name="offset"/> 1).
/// Owns its weight.
/// </summary>
internal sealed class RmsNorm(FloatWeight weight, double epsilon, long offset, KernelSet kernels) : INorm
{
    public IEnumerable<Weight> Weights => [weight];

    private Tensor Scale => offset == 0 ? weight.Wide : weight.Wide.Plus(offset);

    public (Tensor Output, Tensor Inverse) Forward(Tensor x) => kernels.Norm(x, Scale, epsilon);

    public Tensor Again(Tensor x, Tensor inverse) => kernels.NormAgain(x, Scale, inverse);

    public Tensor Backward(Tensor dy, Tensor x, Tensor inverse, Tensor? residual) =>
        kernels.NormBackward(dy, x, inverse, Scale, weight.Parameter?.GradientBuffer(), residual);
}
