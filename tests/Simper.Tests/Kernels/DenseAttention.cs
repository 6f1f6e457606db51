using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>Attention written down from its definition: one softmax of all scores with an explicit mask.</summary>
internal static class DenseAttention
{
    /// <summary>The output [T, H E] of queries, keys and values side by side [T, (H + 2 K) E].</summary>
    public static Tensor Of(Tensor queryKeyValue, TokenLayout layout, HeadShape shape)
    {
        Tensor heads = queryKeyValue.view(layout.Tokens, -1, shape.HeadWidth);
        int groups = shape.Heads / shape.KeyValueHeads;
        Tensor query = heads.narrow(1, 0, shape.Heads).reshape(-1, shape.KeyValueHeads, groups, shape.HeadWidth);
        Tensor key = heads.narrow(1, shape.Heads, shape.KeyValueHeads);
        Tensor value = heads.narrow(1, shape.Heads + shape.KeyValueHeads, shape.KeyValueHeads);
        Tensor scores = einsum("tkge,ske->kgts", query, key).Times(shape.Scale);
        if (shape.SoftCap > 0)
            scores = scores.Over(shape.SoftCap).tanh().Times(shape.SoftCap);
        Tensor hidden = Seen(layout, shape.Window).logical_not();
        Tensor weights = scores.Masked(hidden, double.NegativeInfinity).softmax(-1);
        return einsum("kgts,ske->tkge", weights, value).reshape(layout.Tokens, -1);
    }

    // [T, T]: whether token t sees token s.
    private static Tensor Seen(TokenLayout layout, int window)
    {
        long[] positions = layout.Positions();
        var seen = new bool[layout.Tokens, layout.Tokens];
        for (int s = 0; s < layout.Segments.Count; s++)
        {
            for (int a = s; a >= 0; a = layout.Segments[a].Parent)
            {
                for (int t = layout.Segments[s].Start; t < layout.Segments[s].End; t++)
                {
                    for (int i = layout.Segments[a].Start; i < layout.Segments[a].End; i++)
                    {
                        long distance = positions[t] - positions[i];
                        seen[t, i] = distance >= 0 && (window == 0 || distance < window);
                    }
                }
            }
        }
        return tensor(seen);
    }
}
