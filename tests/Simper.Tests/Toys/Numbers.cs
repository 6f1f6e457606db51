using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Toys;

/// <summary>Tensors as numbers, and distances between them.</summary>
internal static class Numbers
{
    public static double[] Of(Tensor tensor)
    {
        using var scope = NewDisposeScope(); // holds what is between
        return tensor.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
    }

    /// <summary>|a - b| / |b| in the Euclidean norm.</summary>
    public static double RelativeDistance(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        Tensor wide = b.to(ScalarType.Float64);
        Tensor norm = wide.norm();
        double distance = a.to(ScalarType.Float64).sub(wide).norm().item<double>();
        double length = norm.item<double>();
        return length == 0 ? distance : distance / length;
    }
}
