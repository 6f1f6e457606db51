using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// A decoder block over the flat token axis: attention and an MLP added to the residual stream. The layers decide what is saved,
/// in which dtype, and where gradients go; their backward passes are written out.
/// </summary>
internal interface IBlock
{
    IEnumerable<Weight> Weights { get; }

    /// <summary>Activation memory per token, the block's input not counted.</summary>
    TokenBytes Bytes { get; }

    /// <summary>The residual stream after the block at the needed rows [R, D], wide, from that before it [T, D], wide.</summary>
    Tensor Forward(Tensor x, LayerPass pass, Activations? kept);

    /// <summary>The gradient of the block's input [T, D], wide; weight gradients are accumulated.</summary>
    Tensor Backward(Tensor gradient, Tensor x, LayerPass pass, Activations kept);
}
