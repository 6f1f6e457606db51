using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

// Rotation and attention, in training and over a cache.
internal unsafe partial class CpuKernels<TCompute, TWide>
{
    public override void Rotate(Tensor queryKeyValue, Tensor cos, Tensor sin, HeadShape shape) =>
        Workers.Run(
            new ElementKernels<TCompute, TWide>.Rotate
            {
                Heads = Compute(queryKeyValue),
                Cos = Wide(cos),
                Sin = Wide(sin),
                RowNumbers = (int)queryKeyValue.size(1),
                Turned = shape.Heads + shape.KeyValueHeads,
                HeadWidth = shape.HeadWidth,
                RotaryWidth = shape.RotaryWidth,
            },
            (int)queryKeyValue.size(0)
        );

    public override (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape)
    {
        Tensor output = Empty(ComputeType, layout.Tokens, shape.QueryWidth);
        Tensor logSumExp = Empty(WideType, layout.Tokens, shape.Heads);
        Workers.Run(
            new AttentionKernel<TCompute, TWide>.Forward
            {
                Inputs = Inputs(queryKeyValue, shape),
                Layout = layout,
                Output = Compute(output),
                LogSumExp = Wide(logSumExp),
            },
            layout.Segments.Count * shape.KeyValueHeads
        );
        return (output, logSumExp);
    }

    public override Tensor AttendBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        Positions at,
        HeadShape shape
    )
    {
        Tensor result = Empty(ComputeType, queryKeyValue.size(0), queryKeyValue.size(1));
        long tokens = at.Layout.Tokens;
        using Tensor dQuery = Empty(WideType, tokens, shape.QueryWidth);
        using Tensor dKey = Empty(WideType, tokens, shape.QueryWidth); // logically [H, T, E]
        using Tensor dValue = Empty(WideType, tokens, shape.QueryWidth);
        AttendBackward(gradient, queryKeyValue, output, logSumExp, at.Layout, shape, Wide(dQuery), Wide(dKey), Wide(dValue));
        Workers.Run(
            new HeadGradients<TCompute, TWide>
            {
                Query = Wide(dQuery),
                Key = Wide(dKey),
                Value = Wide(dValue),
                Cos = Wide(at.Cos),
                Sin = Wide(at.Sin),
                Result = Compute(result),
                Tokens = tokens,
                Heads = shape.Heads,
                KeyValueHeads = shape.KeyValueHeads,
                HeadWidth = shape.HeadWidth,
                RotaryWidth = shape.RotaryWidth,
            },
            (int)tokens
        );
        return result;
    }

    /// <summary>
    /// Writes the gradients of rotated queries [T, H, E], and each head's contribution to those of keys and values [H, T, E].
    /// </summary>
    protected virtual void AttendBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        TokenLayout layout,
        HeadShape shape,
        TWide* query,
        TWide* key,
        TWide* value
    )
    {
        IReadOnlyList<(int, int)> trees = layout.Trees();
        Workers.Run(
            new AttentionKernel<TCompute, TWide>.Backward
            {
                Inputs = Inputs(queryKeyValue, shape),
                Layout = layout,
                Trees = trees,
                Output = Compute(output),
                LogSumExp = Wide(logSumExp),
                Flowing = Compute(gradient),
                Query = query,
                Key = key,
                Value = value,
            },
            trees.Count * shape.Heads
        );
    }

    public override Tensor AttendCached(
        Tensor queryKeyValue,
        TokenLayout fresh,
        IReadOnlyList<CachedHeads> caches,
        int layer,
        HeadShape shape,
        Tensor? logSumExp = null
    )
    {
        var append = new CachedAttentionKernel<TCompute, TWide>.Append
        {
            Inputs = Inputs(queryKeyValue, shape),
            Layout = fresh,
            Caches = CacheRows<TCompute>.Of(caches),
            Layer = layer,
        };
        bool oneEach = fresh.Tokens == caches.Count;
        if (!oneEach)
            Workers.Run(append, fresh.Segments.Count * shape.KeyValueHeads);
        // Whole prompts (prefill): attention of many queries at once is that of training.
        if (!oneEach && !IsBatchInvariant && caches.All(c => c.Length == 0))
        {
            (Tensor attended, Tensor sums) = Attend(queryKeyValue, fresh, shape);
            logSumExp?.copy_(sums);
            sums.Dispose();
            return attended;
        }
        Tensor output = Empty(ComputeType, fresh.Tokens, shape.QueryWidth);
        (int, int, int)[] blocks = CachedAttentionKernel<TCompute, TWide>.Blocks(fresh, shape.Heads / shape.KeyValueHeads);
        Workers.Run(
            new CachedAttentionKernel<TCompute, TWide>.Forward
            {
                Append = append,
                Blocks = blocks,
                Appends = oneEach,
                Output = Compute(output),
                LogSumExp = logSumExp is null ? null : Wide(logSumExp),
            },
            blocks.Length * shape.KeyValueHeads
        );
        return output;
    }

    protected static AttentionInputs<TCompute> Inputs(Tensor queryKeyValue, HeadShape shape) =>
        AttentionInputs<TCompute>.Of(Compute(queryKeyValue), shape);
}
