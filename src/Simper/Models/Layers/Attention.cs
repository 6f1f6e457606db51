using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, R needed rows, D width, H heads, K key-value heads, E head width.

/// <summary>
/// Attention over the segments of a pass: one product for queries, keys and values; norms of queries and keys if the family has
/// them; rotation; softmax attention, with sinks in some families; and the output projection.
/// </summary>
internal sealed class Attention(
    Linear queryKeyValue,
    IReadOnlyList<HeadNorm> norms,
    AttentionSinks? sinks,
    Linear output,
    HeadShape heads,
    KernelSet kernels
) : IBranch
{
    public IEnumerable<Weight> Weights =>
        [.. queryKeyValue.Weights, .. norms.SelectMany(n => n.Weights), .. sinks?.Weights ?? [], .. output.Weights];

    public TokenBytes Bytes
    {
        get
        {
            long narrow = kernels.Precision.ComputeBytes;
            long wide = kernels.Precision.WideBytes;
            long width = queryKeyValue.Inputs;
            long query = heads.QueryWidth;
            var own = new TokenBytes(
                // queries, keys and values; output; log-sum-exp
                narrow * (queryKeyValue.Outputs + query)
                    + wide * heads.Heads,
                wide * (3 * width + 3 * query) + narrow * (2 * width + 2 * query + queryKeyValue.Outputs)
            );
            return norms.Aggregate(own, (sum, n) => sum + n.Bytes);
        }
    }

    public Tensor Forward(Tensor h, Tensor? residual, LayerPass pass, Activations? kept)
    {
        Tensor qkv = queryKeyValue.Forward(h); // [T, (H + 2K) E]
        foreach (HeadNorm norm in norms)
            norm.Forward(qkv, kept);
        if (heads.RotaryWidth > 0)
            kernels.Rotate(qkv, pass.At.Cos, pass.At.Sin, heads);
        Tensor attended;
        if (pass.Caches is { } caches)
        {
            Tensor? logSumExp = sinks is null ? null : kernels.Empty(kernels.Precision.Wide, h.size(0), heads.Heads);
            attended = kernels.AttendCached(qkv, pass.At.Layout, caches, pass.Layer, heads, logSumExp);
            if (sinks is not null)
                sinks.Forward(attended, logSumExp!);
        }
        else
        {
            (attended, Tensor logSumExp) = kernels.Attend(qkv, pass.At.Layout, heads);
            sinks?.Forward(attended, logSumExp);
            kept?.Keep(qkv);
            kept?.Keep(attended);
            kept?.Keep(logSumExp);
        }
        return output.AddTo(residual, pass.Wanted(attended));
    }

    public Tensor Backward(Tensor dy, Func<Tensor> input, LayerPass pass, Activations kept)
    {
        Tensor logSumExp = kept.Take();
        Tensor attended = kept.Take();
        Tensor qkv = kept.Take(); // after rotation
        Tensor dAttended = pass.Spread(output.Backward(dy, () => pass.Wanted(attended)));
        sinks?.Backward(dAttended, attended, logSumExp);
        Tensor dQkv = kernels.AttendBackward(dAttended, qkv, attended, logSumExp, pass.At, heads);
        foreach (HeadNorm norm in norms.Reverse())
            norm.Backward(dQkv, kept);
        return queryKeyValue.Backward(dQkv, input);
    }
}
