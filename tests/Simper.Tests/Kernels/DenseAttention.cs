using Simper.Kernels;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>Attention by its definition: one softmax over all tokens with an explicit mask, in double, for autograd.</summary>
internal static class DenseAttention
{
    /// <summary>Output [T, H E] and log-sum-exp [T, H] of rows [T, (H + 2 K) E].</summary>
    public static (Tensor Output, Tensor LogSumExp) Of(Tensor rows, TokenLayout layout, HeadShape shape)
    {
        int groups = shape.Heads / shape.KeyValueHeads;
        Tensor heads = rows.view(layout.Tokens, -1, shape.HeadWidth);
        Tensor query = heads.narrow(1, 0, shape.Heads).reshape(layout.Tokens, -1, groups, shape.HeadWidth);
        Tensor key = heads.narrow(1, shape.Heads, shape.KeyValueHeads);
        Tensor value = heads.narrow(1, shape.Heads + shape.KeyValueHeads, shape.KeyValueHeads);
        Tensor scores = einsum("tkge,ske->tkgs", query, key).Times(shape.Scale);
        if (shape.SoftCap != 0)
            scores = scores.Over(shape.SoftCap).tanh().Times(shape.SoftCap);
        Tensor hidden = Seen(layout, shape.Window).logical_not().reshape(layout.Tokens, 1, 1, layout.Tokens);
        scores = scores.Masked(hidden, double.NegativeInfinity);
        return (
            einsum("tkgs,ske->tkge", scores.softmax(-1), value).reshape(layout.Tokens, -1),
            scores.logsumexp(-1).reshape(layout.Tokens, -1)
        );
    }

    /// <summary>Rows whose queries and keys are turned by angles [T, E / 2].</summary>
    public static Tensor Turned(Tensor rows, Tensor angles, HeadShape shape)
    {
        Tensor heads = rows.view(rows.shape[0], -1, shape.HeadWidth);
        long half = shape.HeadWidth / 2;
        int turned = shape.Heads + shape.KeyValueHeads;
        Tensor a = heads.narrow(1, 0, turned).narrow(2, 0, half);
        Tensor b = heads.narrow(1, 0, turned).narrow(2, half, half);
        (Tensor cos, Tensor sin) = (angles.cos().unsqueeze(1), angles.sin().unsqueeze(1));
        Tensor pairs = cat([a * cos - b * sin, (b * cos).Plus(a * sin)], 2);
        return cat([pairs, heads.narrow(1, turned, shape.KeyValueHeads)], 1).reshape(rows.shape);
    }

    // [T, T]: whether token t sees token s, written down from the definition.
    private static Tensor Seen(TokenLayout layout, int window)
    {
        long[] position = layout.Positions();
        var seen = new bool[layout.Tokens, layout.Tokens];
        for (int own = 0; own < layout.Segments.Count; own++)
        {
            for (int t = layout.Segments[own].Start; t < layout.Segments[own].End; t++)
            {
                for (int a = own; a >= 0; a = layout.Segments[a].Parent)
                {
                    for (int s = layout.Segments[a].Start; s < layout.Segments[a].End; s++)
                        seen[t, s] = position[s] <= position[t] && (window == 0 || position[s] > position[t] - window);
                }
            }
        }
        return tensor(seen);
    }
}
