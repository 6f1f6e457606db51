using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, H heads, E head width.

/// <summary>
/// One more score in each head's softmax, learned, whose value is zero (gpt-oss; Xiao et al. 2023). Attention over the true keys
/// is computed first: with its log-sum-exp l and the sink s, outputs shrink by e^l / (e^l + e^s) = σ(l - s), and
/// log(e^l + e^s) is the log-sum-exp from which the backward pass recomputes probabilities. Owns its weights [H].
/// </summary>
internal sealed class AttentionSinks(FloatWeight sinks, int headWidth, KernelSet kernels)
{
    public IEnumerable<Weight> Weights => [sinks];

    /// <summary>Changes attention's output [T, H E], compute, and log-sum-exp [T, H], wide, in place.</summary>
    public void Forward(Tensor output, Tensor logSumExp) => kernels.AddSinks(output, logSumExp, sinks.Wide);

    /// <summary>Accumulates the gradient: the sink's probability e^(s - l) times minus the gradient along the output.</summary>
    /// <param name="gradient">Of the output [T, H E], compute.</param>
    /// <param name="output">As <see cref="Forward"/> left it.</param>
    /// <param name="logSumExp">As <see cref="Forward"/> left it.</param>
    public void Backward(Tensor gradient, Tensor output, Tensor logSumExp)
    {
        if (!sinks.IsTrainable)
            return;
        using var scope = NewDisposeScope();
        Tensor along = (Rows(gradient) * Rows(output)).sum(-1); // [T, H]
        Tensor probability = (logSumExp.neg().Plus(sinks.Wide)).exp_();
        sinks.Parameter!.AddToGradient((probability * along).sum([0L]).neg());

        Tensor Rows(Tensor heads) => heads.view(heads.size(0), -1, headWidth).to(kernels.Precision.Wide);
    }
}
