using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

// Legend: T tokens, D width, H heads, K key-value heads, G = H / K, E head width, I inner width.

/// <summary>
/// One decoder block, forward and backward, over the flat token axis:
/// x += Attention(RmsNorm(x)); x += Down(silu(Gate(h)) · Up(h)) with h = RmsNorm(x).
/// The backward pass is written out, so that it is decided here what is kept, in which type, and where gradients go.
/// </summary>
internal sealed class Block(DecoderShape shape, BlockWeights weights, Precision precision)
{
    private readonly ScalarType _compute = precision.Compute;
    private readonly ScalarType _wide = precision.Wide;

    public BlockWeights Weights => weights;

    /// <summary>The residual stream after the block [T, D], wide. What backward needs is put on <paramref name="kept"/>.</summary>
    public Tensor Forward(Tensor x, Positions at, Activations? kept)
    {
        using var scope = NewDisposeScope();
        (Tensor h1, Tensor inverseRms1) = RmsNorm.Forward(x, weights.AttentionNorm.Master, shape.NormEpsilon, _compute);
        Tensor qkv = Linear(h1, weights.QueryKeyValue, weights.QueryKeyValueBias); // [T, (H + 2K) E]
        Rotation.Apply(QueriesAndKeys(qkv), at.Cos, at.Sin);
        (Tensor query, Tensor key, Tensor value) = Heads(qkv);
        (Tensor attended, Tensor logSumExp) = SegmentAttention.Forward(query, key, value, at.Layout, shape.AttentionScale, _wide);
        Tensor middle = x.add(Linear(Rows(attended), weights.Output, weights.OutputBias));
        (Tensor result, Tensor inverseRms2, Tensor gateUp) = Mlp(middle);
        if (kept is not null)
            kept.Keep(inverseRms1, qkv, attended, logSumExp, middle, inverseRms2, gateUp);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>The block over new tokens whose predecessors' keys and values are cached.</summary>
    public Tensor Extend(Tensor x, Positions at, int layer, IReadOnlyList<KeyValueCache> caches)
    {
        using var scope = NewDisposeScope();
        (Tensor h1, _) = RmsNorm.Forward(x, weights.AttentionNorm.Master, shape.NormEpsilon, _compute);
        Tensor qkv = Linear(h1, weights.QueryKeyValue, weights.QueryKeyValueBias);
        Rotation.Apply(QueriesAndKeys(qkv), at.Cos, at.Sin);
        (Tensor query, Tensor key, Tensor value) = Heads(qkv);
        Tensor attended = empty_like(query);
        for (int i = 0; i < caches.Count; i++)
        {
            TokenLayout.Segment segment = at.Layout.Segments[i];
            (Tensor keys, Tensor values) = caches[i].Append(layer,
                key.narrow(0, segment.Start, segment.Length), value.narrow(0, segment.Start, segment.Length));
            attended.narrow(0, segment.Start, segment.Length).copy_(
                SegmentAttention.OverCache(query.narrow(0, segment.Start, segment.Length), keys, values, shape.AttentionScale));
        }
        Tensor middle = x.add(Linear(Rows(attended), weights.Output, weights.OutputBias));
        return Mlp(middle).Result.MoveToOuterDisposeScope();
    }

    /// <summary>The gradient of the block's input [T, D], wide; the weights' gradients are added where they belong.</summary>
    public Tensor Backward(Tensor gradient, Tensor x, Positions at, Activations kept)
    {
        using var scope = NewDisposeScope();
        Tensor dMiddle = gradient.add(MlpBackward(gradient, kept));
        Tensor dAttended = LinearBackward(dMiddle.to(_compute), Rows(kept.Attended), weights.Output, weights.OutputBias);
        (Tensor query, Tensor key, Tensor value) = Heads(kept.QueryKeyValue);
        (Tensor dQuery, Tensor dKey, Tensor dValue) = SegmentAttention.Backward(
            dAttended.view(query.shape), query, key, value, kept.Attended, kept.LogSumExp, at.Layout, shape.AttentionScale);

        Tensor dQkv = cat([dQuery.flatten(1), dKey.flatten(1), dValue.flatten(1)], 1); // [T, (H + 2K) E], wide
        Rotation.Apply(QueriesAndKeys(dQkv), at.Cos, at.Sin.neg()); // a rotation's transpose turns back
        Tensor h1 = RmsNorm.Apply(x, weights.AttentionNorm.Master, kept.InverseRms1, _compute);
        Tensor dH1 = LinearBackward(dQkv.to(_compute), h1, weights.QueryKeyValue, weights.QueryKeyValueBias);
        return dMiddle.add_(RmsNorm.Backward(dH1, x, kept.InverseRms1, weights.AttentionNorm)).MoveToOuterDisposeScope();
    }

    private (Tensor Result, Tensor InverseRms, Tensor GateUp) Mlp(Tensor middle)
    {
        (Tensor h2, Tensor inverseRms) = RmsNorm.Forward(middle, weights.MlpNorm.Master, shape.NormEpsilon, _compute);
        Tensor gateUp = Linear(h2, weights.GateUp, weights.GateUpBias); // [T, 2 I]
        Tensor result = middle.add(Linear(GatedUnit.Forward(gateUp), weights.Down, weights.DownBias));
        return (result, inverseRms, gateUp);
    }

    private Tensor MlpBackward(Tensor gradient, Activations kept)
    {
        Tensor dUnit = LinearBackward(gradient.to(_compute), GatedUnit.Forward(kept.GateUp), weights.Down, weights.DownBias);
        Tensor dGateUp = GatedUnit.Backward(dUnit, kept.GateUp);
        Tensor h2 = RmsNorm.Apply(kept.Middle, weights.MlpNorm.Master, kept.InverseRms2, _compute);
        Tensor dH2 = LinearBackward(dGateUp, h2, weights.GateUp, weights.GateUpBias);
        return RmsNorm.Backward(dH2, kept.Middle, kept.InverseRms2, weights.MlpNorm);
    }

    private static Tensor Linear(Tensor x, Parameter weight, Parameter? bias) =>
        nn.functional.linear(x, weight.Compute, bias?.Compute);

    private static Tensor LinearBackward(Tensor dy, Tensor x, Parameter weight, Parameter? bias)
    {
        weight.AddOuterProduct(dy, x);
        bias?.AddToGradient(dy.sum([0L], type: bias.Master.dtype));
        return dy.mm(weight.Compute);
    }

    private Tensor QueriesAndKeys(Tensor qkv) =>
        qkv.view(-1, shape.Heads + 2 * shape.KeyValueHeads, shape.HeadWidth).narrow(1, 0, shape.Heads + shape.KeyValueHeads);

    private (Tensor Query, Tensor Key, Tensor Value) Heads(Tensor qkv)
    {
        Tensor heads = qkv.view(-1, shape.Heads + 2 * shape.KeyValueHeads, shape.HeadWidth);
        Tensor query = heads.narrow(1, 0, shape.Heads).view(-1, shape.KeyValueHeads, shape.Heads / shape.KeyValueHeads, shape.HeadWidth);
        return (query, heads.narrow(1, shape.Heads, shape.KeyValueHeads), heads.narrow(1, shape.Heads + shape.KeyValueHeads, shape.KeyValueHeads));
    }

    private Tensor Rows(Tensor attended) => attended.view(-1, shape.QueryWidth);
}
