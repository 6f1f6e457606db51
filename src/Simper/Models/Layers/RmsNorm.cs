using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// y = x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019). Some families store w minus one (<paramref name="offset"/> 1).
/// Owns its weight.
/// </summary>
internal sealed class RmsNorm(Parameter weight, double epsilon, long offset, KernelSet kernels) : INorm
{
    public IEnumerable<Parameter> Parameters => [weight];

    private Tensor Scale => offset == 0 ? weight.Master : weight.Master.Plus(offset);

    public (Tensor Output, Tensor Inverse) Forward(Tensor x) => kernels.Norm(x, Scale, epsilon);

    public Tensor Again(Tensor x, Tensor inverse) => kernels.NormAgain(x, Scale, inverse);

    public Tensor Backward(Tensor dy, Tensor x, Tensor inverse, Tensor? residual) =>
        kernels.NormBackward(dy, x, inverse, Scale, weight.IsTrainable ? weight.GradientBuffer() : null, residual);
}
