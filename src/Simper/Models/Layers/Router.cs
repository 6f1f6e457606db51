using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, E experts, k chosen experts of a token.

/// <summary>
/// Which experts a token goes to, and with what weights: the k with the highest logits, weighted by their softmax over all
/// experts, or over the chosen ones (the same as dividing by the chosen ones' sum).
/// </summary>
internal sealed class Router(Linear scores, int chosen, bool normalised, KernelSet kernels)
{
    public IEnumerable<Weight> Weights => scores.Weights;

    /// <summary>E.</summary>
    public int Experts => scores.Outputs;

    /// <summary>k.</summary>
    public int Chosen => chosen;

    /// <summary>The logits [T, E], compute; the chosen experts [T, k], int64; and their weights [T, k], wide.</summary>
    public (Tensor Logits, Tensor Experts, Tensor Weights) Forward(Tensor h)
    {
        Tensor logits = scores.Forward(h);
        (_, Tensor experts) = logits.topk(chosen, 1, true, true);
        return (logits, experts, Shares(logits, experts));
    }

    /// <summary>The weights again.</summary>
    public Tensor Shares(Tensor logits, Tensor experts)
    {
        Tensor wide = logits.to(kernels.Precision.Wide);
        return normalised ? wide.gather(1, experts).softmax(1) : wide.softmax(1).gather(1, experts);
    }

    /// <summary>The gradient of h [T, D], compute; accumulates that of the router.</summary>
    /// <param name="gradient">Of the weights [T, k], wide.</param>
    /// <param name="logits">As <see cref="Forward"/> gave them.</param>
    /// <param name="experts">As <see cref="Forward"/> gave them.</param>
    /// <param name="h">[T, D], compute.</param>
    /// <param name="loss">The loss of all routers, or null.</param>
    public Tensor Backward(Tensor gradient, Tensor logits, Tensor experts, Tensor h, RouterLoss? loss)
    {
        Tensor wide = logits.to(kernels.Precision.Wide);
        Tensor probabilities = wide.softmax(1);
        Tensor dLogits = zeros_like(wide);
        if (normalised)
            dLogits.scatter_(1, experts, Through(Shares(logits, experts), gradient));
        else
            dLogits = Through(probabilities, dLogits.scatter(1, experts, gradient));
        if (loss is not null)
            dLogits.PlusInPlace(Through(probabilities, loss.Gradient(wide).expand_as(wide)));
        return scores.Backward(kernels.Round(dLogits), () => h);
    }

    // A softmax p, backwards: p (dp - Σ p dp).
    private static Tensor Through(Tensor p, Tensor dp) => p * (dp - (p * dp).sum(-1, keepdim: true));
}
