using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>Attention and an MLP that read the same stream, x + attention(x) + mlp(x) (GPT-J; 2021).</summary>
internal sealed class ParallelBlock(ResidualBranch attention, ResidualBranch mlp) : IBlock
{
    public IEnumerable<Weight> Weights => attention.Weights.Concat(mlp.Weights).Distinct();

    public TokenBytes Bytes => attention.Bytes + mlp.Bytes;

    public Tensor Forward(Tensor x, LayerPass pass, Activations? kept)
    {
        using var scope = NewDisposeScope();
        Tensor attended = attention.Forward(x, pass, kept);
        return mlp.Forward(pass.Wanted(x), pass with { Rows = null }, kept, attended).MoveToOuterDisposeScope();
    }

    public Tensor Backward(Tensor gradient, Tensor x, LayerPass pass, Activations kept)
    {
        using var scope = NewDisposeScope();
        Tensor flowing = mlp.Backward(gradient, pass.Wanted(x), pass with { Rows = null }, kept);
        return attention.Backward(gradient, x, pass, kept, pass.Spread(flowing)).MoveToOuterDisposeScope();
    }
}
