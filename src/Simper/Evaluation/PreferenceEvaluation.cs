using Simper.Batching;
using Simper.Models;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Text.Preferences;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Evaluation;

/// <summary>Scores pairs without training on them.</summary>
public static class PreferenceEvaluation
{
    /// <summary>Loss, rewards and log-probs of all groups, as the objective sees them.</summary>
    /// <param name="model">The model to judge.</param>
    /// <param name="groups">At least one.</param>
    /// <param name="objective">Whose loss and rewards are reported.</param>
    /// <param name="references">The reference's sums, where the objective needs them.</param>
    /// <param name="tokensPerMicroBatch">How many tokens to score at once; changes memory and speed alone.</param>
    /// <param name="progress">Told the number of pairs done.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PreferenceMetrics Run(LanguageModel model, IReadOnlyList<TokenizedGroup> groups, Objective objective,
        ReferenceScores? references = null, int tokensPerMicroBatch = 4096, IProgress<int>? progress = null, CancellationToken cancel = default)
    {
        objective.ExpectAnswers(groups);
        var outcomes = new List<PairOutcome>();
        foreach (IReadOnlyList<TokenizedGroup> part in MicroBatchPlan.Split(groups, int.MaxValue, tokensPerMicroBatch))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            MicroBatch batch = MicroBatch.Of(part);
            using ScoringPass pass = ScoringPass.Forward(model.Decoder, batch, forBackward: false);
            Tensor? sums = objective.NeedsReference ? references!.For(part, batch, pass.Sums.dtype) : null;
            outcomes.AddRange(ObjectiveStep.Evaluate(objective, batch, pass.Sums, sums));
            progress?.Report(outcomes.Count);
        }
        return PreferenceMetrics.Of(outcomes, objective.ReportsMeanLogProbs);
    }
}
