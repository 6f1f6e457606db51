using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>Products with weights, and weight gradients.</summary>
internal static class TorchLinear
{
    public static Tensor Forward(Tensor x, Tensor weight, Tensor? bias)
    {
        Shape.Expect(x, nameof(x), -1, weight.size(1));
        using Tensor turned = weight.t();
        Tensor product = x.mm(turned);
        if (bias is not null)
            product.PlusInPlace(bias);
        return product;
    }

    /// <summary>x Wᵀ, wide, by widened slices of W.</summary>
    public static Tensor Wide(Tensor x, Tensor weight, Precision precision)
    {
        Shape.Expect(x, nameof(x), -1, weight.size(1));
        if (x.dtype == precision.Wide)
            return Forward(x, weight, bias: null);
        using var scope = NewDisposeScope();
        Tensor wide = x.to(precision.Wide);
        Tensor result = empty([x.size(0), weight.size(0)], dtype: precision.Wide, device: x.device);
        foreach ((long first, long count) in Slices.Of(weight.size(0), weight.size(1)))
        {
            using var slice = NewDisposeScope();
            Tensor part = weight.narrow(0, first, count).to(precision.Wide);
            result.narrow(1, first, count).copy_(wide.mm(part.t()));
        }
        return result.MoveToOuterDisposeScope();
    }

    public static void AddWeightGradient(Tensor sum, Tensor dy, Tensor x, bool adds)
    {
        using var scope = NewDisposeScope();
        Tensor turned = dy.t();
        if (sum.dtype == x.dtype)
        {
            sum.addmm_(turned, x, beta: adds ? 1 : 0, alpha: 1);
            return;
        }
        // A product in the compute dtype is accumulated wide internally, and coexists with the sum one slice at a time.
        foreach ((long first, long count) in Slices.Of(turned.size(0), x.size(1)))
        {
            using var slice = NewDisposeScope();
            Tensor part = sum.narrow(0, first, count);
            Tensor product = turned.narrow(0, first, count).mm(x);
            if (adds)
                part.PlusInPlace(product);
            else
                part.copy_(product);
        }
    }
}
