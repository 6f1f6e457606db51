using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, D width.

/// <summary>
/// y = x / sqrt(mean(x²) + ε) · w (Zhang and Sennrich 2019). All in the wide type, rounded once at the end: the mean of squares
/// loses its small terms in bfloat16.
/// </summary>
internal static class RmsNorm
{
    /// <summary>The normalised rows [T, D] in <paramref name="compute"/>, and 1 / root mean square [T, 1].</summary>
    public static (Tensor Output, Tensor InverseRms) Forward(Tensor x, Tensor weight, double epsilon, ScalarType compute)
    {
        Tensor inverseRms = x.square().mean([-1], keepdim: true).add_(epsilon).rsqrt_();
        return (Apply(x, weight, inverseRms, compute), inverseRms);
    }

    /// <summary>The output again, from the 1 / root mean square that was kept.</summary>
    public static Tensor Apply(Tensor x, Tensor weight, Tensor inverseRms, ScalarType compute) =>
        x.mul(inverseRms).mul_(weight).to(compute);

    /// <summary>
    /// dx = (g - x̂ mean(g x̂)) / rms with g = dy · w and x̂ = x / rms; adds dw = Σ dy x̂ to <paramref name="weight"/>'s gradient.
    /// </summary>
    public static Tensor Backward(Tensor dy, Tensor x, Tensor inverseRms, Parameter weight)
    {
        Tensor normalised = x.mul(inverseRms);
        Tensor dyWide = dy.to(x.dtype);
        weight.AddToGradient(dyWide.mul(normalised).sum([0L])); // a bare 0 would be read as a ScalarType
        Tensor g = dyWide.mul(weight.Master);
        Tensor along = g.mul(normalised).mean([-1], keepdim: true);
        return g.sub_(normalised.mul_(along)).mul_(inverseRms);
    }
}
