using Simper.Models;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models;

/// <summary>The parts that are joined by log-sum-exps, against one dense softmax with an explicit mask, differentiated by autograd.</summary>
public class SegmentAttentionTests
{
    public static TheoryData<string, (int, int)[]> Layouts => new()
    {
        { "one sequence", [(7, -1)] },
        { "a pair", [(5, -1), (3, 0), (4, 0)] },
        { "two pairs and a loner", [(5, -1), (3, 0), (1, 0), (2, -1), (2, 3), (6, 3), (3, -1)] },
        { "one token each", [(1, -1), (1, 0), (1, 0)] },
        { "a tree of three levels", [(4, -1), (3, 0), (2, 1), (3, 1), (2, 0)] },
        { "longer than a block of the kernel", [(70, -1), (130, 0), (65, 0)] },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Joined_parts_equal_one_masked_softmax_and_so_do_their_gradients(string _, (int, int)[] segments)
    {
        using var scope = NewDisposeScope();
        TokenLayout layout = TokenLayout.Of(segments);
        long[] queryShape = [layout.Tokens, 2, 3, 4], keyShape = [layout.Tokens, 2, 4];
        using var generator = new Generator(3, CPU);
        Tensor query = randn(queryShape, dtype: ScalarType.Float64, generator: generator).requires_grad_();
        Tensor key = randn(keyShape, dtype: ScalarType.Float64, generator: generator).requires_grad_();
        Tensor value = randn(keyShape, dtype: ScalarType.Float64, generator: generator).requires_grad_();
        Tensor flowing = randn(queryShape, dtype: ScalarType.Float64, generator: generator);

        Tensor expected = Dense(query, key, value, layout);
        expected.mul(flowing).sum().backward();
        using var noGrad = no_grad();
        (Tensor output, Tensor sums) = SegmentAttention.Forward(query, key, value, layout, 0.5, ScalarType.Float64);
        (Tensor dQuery, Tensor dKey, Tensor dValue) = SegmentAttention.Backward(flowing, query, key, value, output, sums, layout, 0.5);

        Assert.True(Numbers.RelativeDistance(output, expected) < 1e-13);
        Assert.True(Numbers.RelativeDistance(dQuery, query.grad!) < 1e-12);
        Assert.True(Numbers.RelativeDistance(dKey, key.grad!) < 1e-12);
        Assert.True(Numbers.RelativeDistance(dValue, value.grad!) < 1e-12);
    }

    [Fact]
    public void A_cache_gives_what_the_whole_sequence_gives()
    {
        using var scope = NewDisposeScope();
        TokenLayout layout = TokenLayout.Of((9, -1));
        Tensor query = randn([9, 2, 3, 4], dtype: ScalarType.Float64);
        Tensor key = randn([9, 2, 4], dtype: ScalarType.Float64), value = randn([9, 2, 4], dtype: ScalarType.Float64);
        Tensor whole = SegmentAttention.Forward(query, key, value, layout, 0.5, ScalarType.Float64).Output;
        foreach ((int past, int fresh) in ((int, int)[])[(0, 9), (0, 4), (4, 1), (4, 5), (8, 1)])
        {
            Tensor part = SegmentAttention.OverCache(query.narrow(0, past, fresh), key.narrow(0, 0, past + fresh), value.narrow(0, 0, past + fresh), 0.5);
            Assert.True(Numbers.RelativeDistance(part, whole.narrow(0, past, fresh)) < 1e-13);
        }
    }

    private static Tensor Dense(Tensor query, Tensor key, Tensor value, TokenLayout layout)
    {
        Tensor scores = einsum("tkge,ske->kgts", query, key) * 0.5;
        return einsum("kgts,ske->tkge", scores.masked_fill(Seen(layout).logical_not(), double.NegativeInfinity).softmax(-1), value);
    }

    // [T, T]: whether token t sees token s, written down from the definition.
    private static Tensor Seen(TokenLayout layout)
    {
        var seen = new bool[layout.Tokens, layout.Tokens];
        for (int s = 0; s < layout.Segments.Count; s++)
        {
            TokenLayout.Segment segment = layout.Segments[s];
            for (int t = segment.Start; t < segment.End; t++)
            {
                for (int i = segment.Start; i <= t; i++)
                    seen[t, i] = true;
                for (int a = segment.Parent; a >= 0; a = layout.Segments[a].Parent)
                {
                    for (int i = layout.Segments[a].Start; i < layout.Segments[a].End; i++)
                        seen[t, i] = true;
                }
            }
        }
        return tensor(seen);
    }
}
