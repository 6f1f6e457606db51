using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>RMS norm over rows, forward and backward; see <see cref="KernelSet"/> for the formulas.</summary>
internal static class TorchNorm
{
    public static (Tensor Output, Tensor InverseRms) Forward(Tensor x, Tensor weight, double epsilon, Precision precision)
    {
        using var scope = NewDisposeScope();
        Tensor inverseRms = (x * x).mean([-1], keepdim: false).Plus(epsilon).rsqrt();
        Tensor output = Again(x, weight, inverseRms, precision);
        return (output.MoveToOuterDisposeScope(), inverseRms.MoveToOuterDisposeScope());
    }

    public static Tensor Again(Tensor x, Tensor weight, Tensor inverseRms, Precision precision)
    {
        using var scope = NewDisposeScope();
        return (x * inverseRms.unsqueeze(1) * weight).to(precision.Compute).MoveToOuterDisposeScope();
    }

    public static Tensor Backward(Tensor dy, Tensor x, Tensor inverseRms, Tensor weight, Tensor? weightGradient, Tensor? residual)
    {
        using var scope = NewDisposeScope();
        Tensor flowing = dy.to(x.dtype);
        Tensor inverse = inverseRms.unsqueeze(1);
        Tensor normalised = x * inverse;
        Tensor product = flowing * normalised;
        weightGradient?.PlusInPlace(product.sum([0L])); // a bare 0 would be read as a ScalarType
        Tensor mean = (product * weight).mean([-1], keepdim: true);
        Tensor dx = (flowing * weight - normalised * mean) * inverse;
        if (residual is not null)
            dx.PlusInPlace(residual);
        return dx.MoveToOuterDisposeScope();
    }
}
