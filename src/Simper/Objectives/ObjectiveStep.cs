using Simper.Batching;
using Simper.Scoring;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Objectives;

// Legend: A answers (including scored prompts), P groups.

/// <summary>Evaluates an objective on the sums of passes of the model: autograd runs over these few numbers only.</summary>
internal static class ObjectiveStep
{
    /// <summary>The outcomes of the groups and dL / d sum of every answer [A], where L = Σ loss /
    /// <paramref name="totalWeight"/>.</summary>
    /// <param name="objective">What to evaluate.</param>
    /// <param name="scores">The answers' sums.</param>
    /// <param name="totalWeight">Σ weight over all groups of the step, these included.</param>
    public static (IReadOnlyList<PairOutcome> Outcomes, Tensor Gradient) Differentiate(
        Objective objective,
        BatchScores scores,
        double totalWeight
    )
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        Tensor leaf = scores.Sums.detach().clone().requires_grad_(true);
        PairLoss loss = objective.Evaluate(PairScores.Of(scores, leaf));
        (loss.Loss.Sum() / totalWeight).Backward();
        Tensor gradient = (leaf.grad ?? zeros_like(leaf)).detach().clone();
        return (PairOutcome.Of(objective, scores, loss, gradient.Times(totalWeight)), gradient.MoveToOuterDisposeScope());
    }

    /// <summary>Only the outcomes.</summary>
    public static IReadOnlyList<PairOutcome> Evaluate(Objective objective, BatchScores scores)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return PairOutcome.Of(objective, scores, objective.Evaluate(PairScores.Of(scores, scores.Sums)));
    }
}
