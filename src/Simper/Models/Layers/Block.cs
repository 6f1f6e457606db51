using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// A decoder block over the flat token axis: attention, then an MLP, each added to the residual stream. The layers decide what is
/// saved, in which dtype, and where gradients go; their backward passes are written out.
/// </summary>
internal sealed class Block(ResidualBranch attention, ResidualBranch mlp, int width, int wideBytes)
{
    public IEnumerable<Weight> Weights => attention.Weights.Concat(mlp.Weights);

    /// <summary>Activation memory per token, the block's input not counted.</summary>
    public TokenBytes Bytes => attention.Bytes + mlp.Bytes + new TokenBytes((long)width * wideBytes, 0);

    /// <summary>The residual stream after the block at the needed rows [R, D], wide, from that before it [T, D], wide.</summary>
    public Tensor Forward(Tensor x, LayerPass pass, Activations? kept)
    {
        using var scope = NewDisposeScope();
        Tensor middle = attention.Forward(x, pass, kept);
        kept?.Keep(middle);
        return mlp.Forward(middle, pass with { Rows = null }, kept).MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of the block's input [T, D], wide; weight gradients are accumulated.</summary>
    public Tensor Backward(Tensor gradient, Tensor x, LayerPass pass, Activations kept)
    {
        using var scope = NewDisposeScope();
        Tensor dMiddle = mlp.Backward(gradient, x: null, pass with { Rows = null }, kept);
        return attention.Backward(dMiddle, x, pass, kept).MoveToOuterDisposeScope();
    }
}
