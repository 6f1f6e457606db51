using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// y = (x - mean(x)) / sqrt(var(x) + ε) · w + b (Ba et al. 2016); some families have no b. Owns its weights.
/// </summary>
internal sealed class LayerNorm(Parameter weight, Parameter? bias, double epsilon, KernelSet kernels) : INorm
{
    public IEnumerable<Parameter> Parameters => bias is null ? [weight] : [weight, bias];

    public (Tensor Output, Tensor Inverse) Forward(Tensor x) => kernels.LayerNorm(x, weight.Master, bias?.Master, epsilon);

    public Tensor Again(Tensor x, Tensor inverse) => kernels.LayerNormAgain(x, weight.Master, bias?.Master, inverse);

    public Tensor Backward(Tensor dy, Tensor x, Tensor inverse, Tensor? residual)
    {
        if (bias is { IsTrainable: true })
            bias.AddToGradient(dy.sum([0L], type: kernels.Precision.Wide));
        return kernels.LayerNormBackward(
            dy,
            x,
            inverse,
            weight.Master,
            weight.IsTrainable ? weight.GradientBuffer() : null,
            residual
        );
    }
}
