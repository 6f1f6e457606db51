using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>Attention, then an MLP that reads its result.</summary>
internal sealed class Block(ResidualBranch attention, ResidualBranch mlp, int width, int wideBytes) : IBlock
{
    public IEnumerable<Weight> Weights => attention.Weights.Concat(mlp.Weights);

    public TokenBytes Bytes => attention.Bytes + mlp.Bytes + new TokenBytes((long)width * wideBytes, 0);

    public Tensor Forward(Tensor x, LayerPass pass, Activations? kept)
    {
        using var scope = NewDisposeScope();
        Tensor middle = attention.Forward(x, pass, kept);
        kept?.Keep(middle);
        return mlp.Forward(middle, pass with { Rows = null }, kept).MoveToOuterDisposeScope();
    }

    public Tensor Backward(Tensor gradient, Tensor x, LayerPass pass, Activations kept)
    {
        using var scope = NewDisposeScope();
        Tensor dMiddle = mlp.Backward(gradient, x: null, pass with { Rows = null }, kept);
        return attention.Backward(dMiddle, x, pass, kept).MoveToOuterDisposeScope();
    }
}
