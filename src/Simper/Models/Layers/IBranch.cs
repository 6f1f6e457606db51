using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>What a block adds to the residual stream: attention, or an MLP.</summary>
internal interface IBranch
{
    IEnumerable<Weight> Weights { get; }

    /// <summary>Activation memory per token.</summary>
    TokenBytes Bytes { get; }

    /// <summary>residual + branch(h) at the needed rows [R, D], wide.</summary>
    /// <param name="h">[T, D], compute.</param>
    /// <param name="residual">What the result is added to at the needed rows [R, D], wide, or null.</param>
    /// <param name="pass">Positions, needed rows, caches.</param>
    /// <param name="kept">Where to save what the backward pass needs; null for none.</param>
    Tensor Forward(Tensor h, Tensor? residual, LayerPass pass, Activations? kept);

    /// <summary>The gradient of h [T, D], compute; accumulates the weight gradients.</summary>
    /// <param name="dy">Of the branch at the needed rows [R, D], compute.</param>
    /// <param name="input">Recomputes h, when it is needed.</param>
    /// <param name="pass">As in <see cref="Forward"/>.</param>
    /// <param name="kept">As <see cref="Forward"/> left it.</param>
    Tensor Backward(Tensor dy, Func<Tensor> input, LayerPass pass, Activations kept);
}
