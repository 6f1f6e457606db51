using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, R needed rows, D width, H heads, K key-value heads, E head width.

/// <summary>
/// Attention over the segments of a pass: one product for queries, keys and values; norms of queries and keys if the family has
/// them; rotation; softmax attention; and the output projection.
/// </summary>
internal sealed class Attention(
    Linear queryKeyValue,
    HeadNorm? queryNorm,
    HeadNorm? keyNorm,
    Linear output,
    HeadShape heads,
    KernelSet kernels
) : IBranch
{
    public IEnumerable<Weight> Weights =>
        [.. queryKeyValue.Weights, .. queryNorm?.Weights ?? [], .. keyNorm?.Weights ?? [], .. output.Weights];

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
            return own + (queryNorm?.Bytes ?? default) + (keyNorm?.Bytes ?? default);
        }
    }

    public Tensor Forward(Tensor h, Tensor? residual, LayerPass pass, Activations? kept)
    {
        Tensor qkv = queryKeyValue.Forward(h); // [T, (H + 2K) E]
        queryNorm?.Forward(qkv, kept);
        keyNorm?.Forward(qkv, kept);
        kernels.Rotate(qkv, pass.At.Cos, pass.At.Sin, heads);
        Tensor attended;
        if (pass.Caches is { } caches)
        {
            attended = kernels.AttendCached(qkv, pass.At.Layout, caches, pass.Layer, heads);
        }
        else
        {
            (attended, Tensor logSumExp) = kernels.Attend(qkv, pass.At.Layout, heads);
            kept?.Keep(qkv);
            kept?.Keep(attended);
            kept?.Keep(logSumExp);
        }
        return output.AddTo(residual is null ? null : pass.Wanted(residual), pass.Wanted(attended));
    }

    public Tensor Backward(Tensor dy, Func<Tensor> input, LayerPass pass, Activations kept)
    {
        Tensor logSumExp = kept.Take();
        Tensor attended = kept.Take();
        Tensor qkv = kept.Take(); // after rotation
        Tensor dAttended = pass.Spread(output.Backward(dy, pass.Wanted(attended)));
        Tensor dQkv = kernels.AttendBackward(dAttended, qkv, attended, logSumExp, pass.At, heads);
        keyNorm?.Backward(dQkv, kept);
        queryNorm?.Backward(dQkv, kept);
        return queryKeyValue.Backward(dQkv, input());
    }
}
