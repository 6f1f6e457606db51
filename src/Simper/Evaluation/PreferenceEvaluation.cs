using Simper.Batching;
using Simper.Models;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Text.Preferences;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Evaluation;

/// <summary>Evaluates pairs without training on them.</summary>
public static class PreferenceEvaluation
{
    /// <summary>Loss, rewards and log-probs of all groups, as the objective sees them.</summary>
    /// <param name="model">The model to judge.</param>
    /// <param name="groups">At least one.</param>
    /// <param name="objective">Whose loss and rewards are reported.</param>
    /// <param name="references">The reference, where the objective needs one.</param>
    /// <param name="pairsPerMicroBatch">Pairs per batch (<c>per_device_eval_batch_size</c>), for objectives that couple the pairs
    /// of a batch; others do not depend on it.</param>
    /// <param name="tokensPerMicroBatch">How many tokens to score at once; affects memory and speed only.</param>
    /// <param name="progress">Receives the number of pairs done.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PreferenceMetrics Run(
        LanguageModel model,
        IReadOnlyList<TokenizedGroup> groups,
        Objective objective,
        Reference? references = null,
        int pairsPerMicroBatch = 8,
        int tokensPerMicroBatch = 4096,
        IProgress<int>? progress = null,
        CancellationToken cancel = default
    )
    {
        objective.ExpectAnswers(groups);
        var outcomes = new List<PairOutcome>();
        foreach (
            IReadOnlyList<IReadOnlyList<TokenizedGroup>> passes in Together(
                groups,
                objective,
                pairsPerMicroBatch,
                tokensPerMicroBatch
            )
        )
        {
            using var scope = NewDisposeScope();
            var scores = new List<BatchScores>();
            foreach (IReadOnlyList<TokenizedGroup> part in passes)
            {
                cancel.ThrowIfCancellationRequested();
                MicroBatch batch = MicroBatch.Of(part, objective.Needs);
                using ScoringPass pass = ScoringPass.Forward(model.Decoder, batch, forBackward: false);
                scores.Add(
                    BatchScores.Of(pass, objective.NeedsReference ? references!.For(part, batch, pass.Sums.dtype) : null).Copy()
                );
            }
            outcomes.AddRange(ObjectiveStep.Evaluate(objective, BatchScores.Join(scores)));
            progress?.Report(outcomes.Count);
        }
        return PreferenceMetrics.Of(outcomes, objective.ReportsMeanLogProbs);
    }

    // The passes that an objective has to see together: one, or all of a micro-batch that it couples.
    private static IEnumerable<IReadOnlyList<IReadOnlyList<TokenizedGroup>>> Together(
        IReadOnlyList<TokenizedGroup> groups,
        Objective objective,
        int pairs,
        int tokens
    ) =>
        objective.IsBatchDependent
            ? groups
                .Chunk(pairs)
                .Select(batch =>
                    (IReadOnlyList<IReadOnlyList<TokenizedGroup>>)[.. MicroBatchPlan.Split(batch, int.MaxValue, tokens)]
                )
            : MicroBatchPlan
                .Split(groups, int.MaxValue, tokens)
                .Select(pass => (IReadOnlyList<IReadOnlyList<TokenizedGroup>>)[pass]);
}
