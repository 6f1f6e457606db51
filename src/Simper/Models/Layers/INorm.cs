using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>A norm over rows. Owns its weights.</summary>
internal interface INorm
{
    IEnumerable<Weight> Weights { get; }

    /// <summary>y [N, D], compute, from x [N, D], wide; and one number a row [N], wide, that <see cref="Again"/> needs.</summary>
    (Tensor Output, Tensor Inverse) Forward(Tensor x);

    /// <summary>Recomputes y.</summary>
    Tensor Again(Tensor x, Tensor inverse);

    /// <summary>residual + the gradient of x [N, D], wide; accumulates the weight gradients.</summary>
    Tensor Backward(Tensor dy, Tensor x, Tensor inverse, Tensor? residual);
}
