using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

// Legend: T tokens, H query heads, K key-value heads, G = H / K, E head width, n keys, c queries.

/// <summary>
/// The gradient of <see cref="TorchAttention"/>: probabilities are recomputed from the log-sum-exps. Its tensors belong to the
/// dispose scope that is open when it is created.
/// </summary>
internal sealed class TorchAttentionBackward
{
    private readonly HeadShape _shape;
    private readonly Precision _precision;
    private readonly Tensor _heads; // [T, H + 2 K, E]
    private readonly Tensor _flowing; // [T, H, E]
    private readonly Tensor _logSumExp; // [T, H, 1]
    private readonly Tensor _along; // dOutput · output [T, H, 1], wide
    private readonly Tensor _result; // before the rotation is undone [T, H + 2 K, E], wide

    public TorchAttentionBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        HeadShape shape,
        Precision precision
    )
    {
        (_shape, _precision) = (shape, precision);
        _heads = TorchHeads.Of(queryKeyValue, shape);
        _flowing = gradient.view(-1, shape.Heads, shape.HeadWidth);
        _logSumExp = logSumExp.unsqueeze(-1);
        _result = empty(_heads.shape, dtype: precision.Wide, device: _heads.device);
        using var scope = NewDisposeScope();
        Tensor products = _flowing.to(precision.Wide) * output.view(-1, shape.Heads, shape.HeadWidth).to(precision.Wide);
        _along = products.sum(-1, keepdim: true).MoveToOuterDisposeScope();
    }

    /// <summary>Writes the gradients of a tree's tokens.</summary>
    public void Add(int start, int tokens, IEnumerable<QueryChunk> chunks, LayoutTables tables)
    {
        using var scope = NewDisposeScope();
        (Tensor key, Tensor value) = TorchHeads.KeyValue(_heads, start, tokens, _shape, _precision.Wide);
        (Tensor dKey, Tensor dValue) = (zeros_like(key), zeros_like(value));
        foreach (QueryChunk chunk in chunks)
        {
            using var chunkScope = NewDisposeScope();
            Add(chunk, Keys(key), Keys(value), Keys(dKey), Keys(dValue), tables.Hidden(chunk, _shape.Window));

            Tensor Keys(Tensor all) => all.narrow(1, chunk.FirstKey - start, chunk.Keys);
        }
        Tensor rows = _result.narrow(0, start, tokens);
        rows.narrow(1, _shape.Heads, _shape.KeyValueHeads).copy_(dKey.transpose(0, 1));
        rows.narrow(1, _shape.Heads + _shape.KeyValueHeads, _shape.KeyValueHeads).copy_(dValue.transpose(0, 1));
    }

    private void Add(QueryChunk chunk, Tensor key, Tensor value, Tensor dKey, Tensor dValue, Tensor hidden)
    {
        Tensor query = Grouped(_heads.narrow(1, 0, _shape.Heads)).Times(_shape.Scale);
        Tensor flowing = Grouped(_flowing);
        (Tensor probabilities, Tensor? tanh) = TorchAttention.Scores(query, key, _shape);
        probabilities.sub_(Grouped(_logSumExp));
        probabilities.exp_();
        TorchAttention.ByQuery(probabilities, hidden).MaskInPlace(hidden, 0);
        dValue.PlusInPlace(probabilities.transpose(1, 2).bmm(flowing));
        Tensor dScores = flowing.bmm(value.transpose(1, 2));
        dScores.sub_(Grouped(_along));
        dScores.mul_(probabilities);
        if (tanh is not null)
            dScores.mul_((tanh * tanh).neg().Plus(1L));
        dKey.PlusInPlace(dScores.transpose(1, 2).bmm(query)); // the scale is already in the queries
        _result
            .narrow(0, chunk.First, chunk.Count)
            .narrow(1, 0, _shape.Heads)
            .copy_(TorchHeads.Ungrouped(dScores.bmm(key).Times(_shape.Scale), _shape));

        Tensor Grouped(Tensor rows) => TorchHeads.Grouped(rows.narrow(0, chunk.First, chunk.Count), _shape).to(_precision.Wide);
    }

    /// <summary>The gradients from before the rotation [T, (H + 2 K) E], compute.</summary>
    public Tensor TurnedBack(Positions at)
    {
        using var scope = NewDisposeScope();
        Tensor result = empty(_result.shape, dtype: _precision.Compute, device: _result.device);
        long turned = _shape.Heads + _shape.KeyValueHeads;
        TorchHeads.Turn(_result.narrow(1, 0, turned), at.Cos, at.Sin.neg(), _shape.RotaryWidth, result.narrow(1, 0, turned));
        result.narrow(1, turned, _shape.KeyValueHeads).copy_(_result.narrow(1, turned, _shape.KeyValueHeads));
        return result.flatten(1).MoveToOuterDisposeScope();
    }
}
