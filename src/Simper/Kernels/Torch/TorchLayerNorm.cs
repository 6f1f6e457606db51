using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>Layer norm over rows, forward and backward; see <see cref="KernelSet"/> for the formulas.</summary>
internal static class TorchLayerNorm
{
    public static (Tensor Output, Tensor InverseDeviation) Forward(
        Tensor x,
        Tensor weight,
        Tensor? bias,
        double epsilon,
        Precision precision
    )
    {
        using var scope = NewDisposeScope();
        Tensor centered = Centered(x);
        Tensor inverse = (centered * centered).mean([-1], keepdim: false).Plus(epsilon).rsqrt();
        Tensor output = Again(x, weight, bias, inverse, precision);
        return (output.MoveToOuterDisposeScope(), inverse.MoveToOuterDisposeScope());
    }

    public static Tensor Again(Tensor x, Tensor weight, Tensor? bias, Tensor inverseDeviation, Precision precision)
    {
        using var scope = NewDisposeScope();
        Tensor output = Centered(x) * inverseDeviation.unsqueeze(1) * weight;
        if (bias is not null)
            output.PlusInPlace(bias);
        return output.to(precision.Compute).MoveToOuterDisposeScope();
    }

    public static Tensor Backward(
        Tensor dy,
        Tensor x,
        Tensor inverseDeviation,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    )
    {
        using var scope = NewDisposeScope();
        Tensor flowing = dy.to(x.dtype);
        Tensor inverse = inverseDeviation.unsqueeze(1);
        Tensor normalised = Centered(x) * inverse;
        Tensor product = flowing * normalised;
        weightGradient?.PlusInPlace(product.sum([0L])); // a bare 0 would be read as a ScalarType
        Tensor g = flowing * weight;
        Tensor along = (product * weight).mean([-1], keepdim: true);
        Tensor dx = (g - g.mean([-1], keepdim: true) - normalised * along) * inverse;
        if (residual is not null)
            dx.PlusInPlace(residual);
        return dx.MoveToOuterDisposeScope();
    }

    private static Tensor Centered(Tensor x) => x - x.mean([-1], keepdim: true);
}
