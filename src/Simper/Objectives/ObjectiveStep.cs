using Simper.Batching;
using Simper.Scoring;
using static TorchSharp.torch;

namespace Simper.Objectives;

/// <summary>Puts an objective to a micro-batch's sums: autograd runs over these few numbers only.</summary>
internal static class ObjectiveStep
{
    /// <summary>The outcomes of the pairs and dL / d sum of every answer [A], where L = Σ loss / <paramref name="totalWeight"/>.</summary>
    /// <param name="objective">What to evaluate.</param>
    /// <param name="batch">The pairs.</param>
    /// <param name="sums">Σ log π of every answer [A].</param>
    /// <param name="references">The reference model's sums [A], where the objective needs them.</param>
    /// <param name="totalWeight">Σ weight over all pairs of the step, this micro-batch's among them.</param>
    public static (IReadOnlyList<PairOutcome> Outcomes, Tensor Gradient) Differentiate(
        Objective objective, MicroBatch batch, Tensor sums, Tensor? references, double totalWeight)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        Tensor leaf = sums.detach().clone().requires_grad_(true);
        PairLoss loss = objective.Evaluate(PairScores.Of(batch, leaf, references));
        (loss.Loss.sum() / totalWeight).backward();
        return (Outcomes(objective, batch, sums, loss), leaf.grad!.detach().clone().MoveToOuterDisposeScope());
    }

    /// <summary>The outcomes alone.</summary>
    public static IReadOnlyList<PairOutcome> Evaluate(Objective objective, MicroBatch batch, Tensor sums, Tensor? references)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Outcomes(objective, batch, sums, objective.Evaluate(PairScores.Of(batch, sums, references)));
    }

    private static PairOutcome[] Outcomes(Objective objective, MicroBatch batch, Tensor sums, PairLoss loss)
    {
        using var noGrad = no_grad();
        int perGroup = batch.Answers.Count / batch.Groups;
        double[] losses = Numbers(loss.Loss), chosen = Numbers(loss.ChosenReward), sum = Numbers(sums);
        double[]? rejected = loss.RejectedReward is null ? null : Numbers(loss.RejectedReward);
        var outcomes = new PairOutcome[batch.Groups];
        for (int pair = 0; pair < outcomes.Length; pair++)
        {
            MicroBatch.Answer first = batch.Answers[pair * perGroup];
            bool hasRejected = perGroup > 1;
            outcomes[pair] = new PairOutcome(first.Row, losses[pair], objective.Weight(first.ScoredTokens), chosen[pair],
                rejected?[pair] ?? double.NaN, sum[pair * perGroup], hasRejected ? sum[pair * perGroup + 1] : double.NaN,
                first.ScoredTokens, hasRejected ? batch.Answers[pair * perGroup + 1].ScoredTokens : 0);
        }
        return outcomes;
    }

    private static double[] Numbers(Tensor tensor) => tensor.detach().to(ScalarType.Float64).data<double>().ToArray();
}
