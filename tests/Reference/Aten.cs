using Simper.Tensors;
using static TorchSharp.torch;
using Argument = Simper.Tensors.Dispatcher.Argument;

namespace Simper.Reference;

/// <summary>Operators of libtorch that TorchSharp lacks, with names and types: judges and baselines of our kernels.</summary>
internal static class Aten
{
    /// <summary>
    /// Blockwise attention on the CPU, without a matrix of scores. Strides may be zero, so grouped heads need no copies of keys
    /// and values.
    /// </summary>
    /// <param name="query">[N, G, Tq, E]</param>
    /// <param name="key">[N, G, Tk, E]</param>
    /// <param name="value">[N, G, Tk, E]</param>
    /// <param name="causal">Query i attends to keys 0..i (aligned at the first position, so Tq = Tk is intended).</param>
    /// <param name="scale">Scale of the scores before the softmax.</param>
    /// <returns>Output [N, G, Tq, E] and the log of the softmax's denominator [N, G, Tq] in float32 (float64 for
    /// float64).</returns>
    public static (Tensor Output, Tensor LogSumExp) FlashAttention(
        Tensor query,
        Tensor key,
        Tensor value,
        bool causal,
        double scale
    )
    {
        Tensor[] results = Dispatcher.Call(
            "aten::_scaled_dot_product_flash_attention_for_cpu",
            "",
            2,
            query,
            key,
            value,
            0.0,
            causal,
            Argument.None,
            Argument.Optional(scale)
        );
        return (results[0], results[1]);
    }

    /// <summary>
    /// Gradients of <see cref="FlashAttention"/>. The probabilities are recomputed from <paramref name="logSumExp"/>: if that and
    /// <paramref name="output"/> are those of attention over more keys than the given ones, the results are exactly these keys'
    /// part of the full gradient.
    /// </summary>
    public static (Tensor Query, Tensor Key, Tensor Value) FlashAttentionBackward(
        Tensor gradient,
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor output,
        Tensor logSumExp,
        bool causal,
        double scale
    )
    {
        Tensor[] results = Dispatcher.Call(
            "aten::_scaled_dot_product_flash_attention_for_cpu_backward",
            "",
            3,
            gradient,
            query,
            key,
            value,
            output,
            logSumExp,
            0.0,
            causal,
            Argument.None,
            Argument.Optional(scale)
        );
        return (results[0], results[1], results[2]);
    }

    /// <summary>
    /// One AdamW step over many tensors at once, in place (Loshchilov and Hutter; the rule of torch.optim.AdamW).
    /// <paramref name="steps"/> are float32 scalars that the caller has already incremented.
    /// </summary>
    public static void FusedAdamW(
        Tensor[] weights,
        Tensor[] gradients,
        Tensor[] firstMoments,
        Tensor[] secondMoments,
        Tensor[] steps,
        double learningRate,
        double beta1,
        double beta2,
        double weightDecay,
        double epsilon
    ) =>
        Dispatcher.Call(
            "aten::_fused_adamw_",
            "",
            0,
            weights,
            gradients,
            firstMoments,
            secondMoments,
            Array.Empty<Tensor>(),
            steps,
            learningRate,
            beta1,
            beta2,
            weightDecay,
            epsilon,
            false,
            false,
            Argument.None,
            Argument.None
        );
}
