using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// y = (x - mean(x)) / sqrt(var(x) + ε) · w + b (Ba et al. 2016); some families have no b. Owns its weights.
/// </summary>
internal sealed class LayerNorm(FloatWeight weight, FloatWeight? bias, double epsilon, KernelSet kernels) : INorm
{
    public IEnumerable<Weight> Weights => bias is null ? [weight] : [weight, bias];

    public (Tensor Output, Tensor Inverse) Forward(Tensor x) => kernels.LayerNorm(x, weight.Wide, bias?.Wide, epsilon);

    public Tensor Again(Tensor x, Tensor inverse) => kernels.LayerNormAgain(x, weight.Wide, bias?.Wide, inverse);

    public Tensor Backward(Tensor dy, Tensor x, Tensor inverse, Tensor? residual)
    {
        if (bias?.Parameter is { } trained)
            trained.AddToGradient(dy.sum([0L], type: kernels.Precision.Wide));
        return kernels.LayerNormBackward(dy, x, inverse, weight.Wide, weight.Parameter?.GradientBuffer(), residual);
    }
}
