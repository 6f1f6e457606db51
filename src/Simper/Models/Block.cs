using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, D width, H heads, K key-value heads, E head width, I inner width.

/// <summary>
/// One decoder block, forward and backward, over the flat token axis:
/// x += Attention(RmsNorm(x)); x += Down(silu(Gate(h)) · Up(h)) with h = RmsNorm(x).
/// The backward pass is written out, so that it is decided here what is kept, in which type, and where gradients go.
/// </summary>
internal sealed class Block(DecoderShape shape, BlockWeights weights, KernelSet kernels)
{
    private readonly KernelSet _kernels = kernels;

    public BlockWeights Weights => weights;

    /// <summary>The residual stream after the block, wide: [T, D], or [R, D] where <paramref name="rows"/> [R] says which tokens
    /// are wanted. What backward needs is put on <paramref name="kept"/>.</summary>
    public Tensor Forward(Tensor x, Positions at, Activations? kept, Tensor? rows = null)
    {
        using var scope = NewDisposeScope();
        (Tensor h1, Tensor inverseRms1) = _kernels.Norm(x, weights.AttentionNorm.Master, shape.NormEpsilon);
        Tensor qkv = _kernels.Linear(h1, weights.QueryKeyValue.Compute, weights.QueryKeyValueBias?.Compute); // [T, (H + 2K) E]
        _kernels.Rotate(qkv, at.Cos, at.Sin, shape.HeadShape);
        (Tensor attended, Tensor logSumExp) = _kernels.Attend(qkv, at.Layout, shape.HeadShape);
        Tensor middle = _kernels.AddLinear(At(x, rows), At(attended, rows), weights.Output.Compute, weights.OutputBias?.Compute);
        (Tensor result, Tensor inverseRms2, Tensor gateUp) = Mlp(middle);
        kept?.Keep(inverseRms1, qkv, attended, logSumExp, middle, inverseRms2, gateUp);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The block over new tokens whose predecessors' keys and values are cached; <paramref name="rows"/> as in
    /// <see cref="Forward"/>.</summary>
    public Tensor Extend(Tensor x, Positions at, int layer, IReadOnlyList<CachedHeads> caches, Tensor? rows = null)
    {
        using var scope = NewDisposeScope();
        (Tensor h1, _) = _kernels.Norm(x, weights.AttentionNorm.Master, shape.NormEpsilon);
        Tensor qkv = _kernels.Linear(h1, weights.QueryKeyValue.Compute, weights.QueryKeyValueBias?.Compute);
        _kernels.Rotate(qkv, at.Cos, at.Sin, shape.HeadShape);
        Tensor attended = _kernels.AttendCached(qkv, at.Layout, caches, layer, shape.HeadShape);
        Tensor middle = _kernels.AddLinear(At(x, rows), At(attended, rows), weights.Output.Compute, weights.OutputBias?.Compute);
        return Mlp(middle).Result.MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of the block's input [T, D], wide; the weights' gradients are added where they belong.</summary>
    public Tensor Backward(Tensor gradient, Tensor x, Positions at, Activations kept, Tensor? rows = null)
    {
        using var scope = NewDisposeScope();
        Tensor dMiddle = MlpBackward(gradient, kept);
        Tensor dAttended = LinearBackward(_kernels.Round(dMiddle), At(kept.Attended, rows), weights.Output, weights.OutputBias);
        if (rows is not null)
            (dMiddle, dAttended) = (Spread(dMiddle, rows, x.shape[0]), Spread(dAttended, rows, x.shape[0]));
        Tensor dQkv = _kernels.AttendBackward(dAttended, kept.QueryKeyValue, kept.Attended, kept.LogSumExp, at, shape.HeadShape);
        Tensor h1 = _kernels.NormAgain(x, weights.AttentionNorm.Master, kept.InverseRms1);
        Tensor dH1 = LinearBackward(dQkv, h1, weights.QueryKeyValue, weights.QueryKeyValueBias);
        return NormBackward(dH1, x, kept.InverseRms1, weights.AttentionNorm, dMiddle).MoveToOuterDisposeScope();
    }

    private (Tensor Result, Tensor InverseRms, Tensor GateUp) Mlp(Tensor middle)
    {
        (Tensor h2, Tensor inverseRms) = _kernels.Norm(middle, weights.MlpNorm.Master, shape.NormEpsilon);
        (Tensor gateUp, Tensor unit) = _kernels.GatedLinear(
            h2,
            weights.GateUp.Compute,
            weights.GateUpBias?.Compute,
            Activation.Silu
        );
        Tensor result = _kernels.AddLinear(middle, unit, weights.Down.Compute, weights.DownBias?.Compute);
        return (result, inverseRms, gateUp);
    }

    // The gradient of the stream between attention and MLP: what flowed past the MLP and what flowed through it.
    private Tensor MlpBackward(Tensor gradient, Activations kept)
    {
        using var scope = NewDisposeScope();
        Tensor dy = _kernels.Round(gradient);
        (Tensor dGateUp, Tensor unit) = _kernels.GatedLinearBackward(dy, weights.Down.Compute, kept.GateUp, Activation.Silu);
        AddGradients(dy, unit, weights.Down, weights.DownBias);
        Tensor h2 = _kernels.NormAgain(kept.Middle, weights.MlpNorm.Master, kept.InverseRms2);
        Tensor dH2 = LinearBackward(dGateUp, h2, weights.GateUp, weights.GateUpBias);
        return NormBackward(dH2, kept.Middle, kept.InverseRms2, weights.MlpNorm, gradient).MoveToOuterDisposeScope();
    }

    private Tensor NormBackward(Tensor dy, Tensor x, Tensor inverseRms, Parameter weight, Tensor residual) =>
        _kernels.NormBackward(dy, x, inverseRms, weight.Master, weight.GradientBuffer(), residual);

    private static Tensor At(Tensor tokens, Tensor? rows) => rows is null ? tokens : tokens.index_select(0, rows);

    private static Tensor Spread(Tensor wanted, Tensor rows, long tokens)
    {
        Tensor all = zeros(tokens, wanted.shape[1], dtype: wanted.dtype);
        return all.index_copy_(0, rows, wanted);
    }

    private Tensor LinearBackward(Tensor dy, Tensor x, Parameter weight, Parameter? bias)
    {
        AddGradients(dy, x, weight, bias);
        return _kernels.LinearBackward(dy, weight.Compute);
    }

    private static void AddGradients(Tensor dy, Tensor x, Parameter weight, Parameter? bias)
    {
        weight.AddWeightGradient(dy, x);
        bias?.AddToGradient(dy.sum([0L], type: bias.Master.dtype));
    }
}
