using static TorchSharp.torch;
using Argument = Simper.Tensors.Dispatcher.Argument;

namespace Simper.Tensors;

/// <summary>The aten operators that Simper uses and TorchSharp lacks, with names and types.</summary>
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

    /// <summary>The gradient of silu's input, from that of its output.</summary>
    public static Tensor SiluBackward(Tensor gradient, Tensor input) =>
        Dispatcher.Call("aten::silu_backward", "", 1, gradient, input)[0];

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

    /// <summary>Calls each operator once on tiny inputs with known results.</summary>
    /// <exception cref="SimperException">The loaded libtorch computes something other than 2.10.</exception>
    public static void SelfTest()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            Tensor one = ones(1, 1, 2, 4);
            Tensor ramp = HeldNumbers.Range(8, ScalarType.Float32).reshape(1, 1, 2, 4);
            (Tensor output, Tensor logSumExp) = FlashAttention(one, one, ramp, causal: true, scale: 0.25);
            Expect(output[0, 0, 1, 0].item<float>(), 2, "attention"); // mean of rows 0 and 4
            Expect(logSumExp[0, 0, 1].item<float>(), 1 + Math.Log(2), "attention's sum"); // log(2 e^1)
            (_, _, Tensor gradient) = FlashAttentionBackward(one, one, one, ramp, output, logSumExp, causal: true, scale: 0.25);
            Expect(gradient[0, 0, 0, 0].item<float>(), 1.5, "attention's gradient"); // 1 + 1/2

            Tensor weight = ones(2);
            Tensor first = zeros(2);
            Tensor second = zeros(2);
            FusedAdamW([weight], [ones(2)], [first], [second], [ones(1).squeeze()], 0.1, 0.9, 0.999, 0, 1e-8);
            Expect(weight[0].item<float>(), 0.9, "AdamW"); // first step: lr * sign(g)
        }
        catch (InvalidOperationException e)
        {
            throw new SimperException(
                "The libtorch that was loaded lacks an operator that Simper needs; it has to be version 2.10. " + e.Message,
                e
            );
        }

        static void Expect(double got, double wanted, string what)
        {
            if (!(Math.Abs(got - wanted) < 1e-5))
                throw new SimperException(
                    $"The self-test of libtorch failed: {what} gave {got}, not {wanted}. Simper needs libtorch 2.10."
                );
        }
    }
}
