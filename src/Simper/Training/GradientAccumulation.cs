using Simper.Batching;
using Simper.Models;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// The forward and backward passes of a step: micro-batch by micro-batch, in one pass of the model or several, as the trainer's
/// settings and the objective ask.
/// </summary>
internal sealed class GradientAccumulation(Trainer trainer, LanguageModel policy)
{
    private int _groups; // of the step

    private Objective Objective => trainer.Objective;

    /// <summary>Accumulates the gradients of the groups' mean loss.</summary>
    public (List<PairOutcome> Outcomes, long Tokens) Run(IReadOnlyList<TokenizedGroup> groups)
    {
        var outcomes = new List<PairOutcome>();
        long tokens = 0;
        _groups = groups.Count;
        foreach (MicroBatchShare micro in MicroBatchShare.Of(groups, trainer))
        {
            using var scope = NewDisposeScope();
            if (trainer.MemoryBytes > 0 && ProcessMemory.Now() > 0.95 * trainer.MemoryBytes)
                HeapSettings.Trim();
            MicroBatch[] batches = [.. micro.Passes.Select(p => MicroBatch.Of(p, Objective.AskedNeeds))];
            IReadOnlyList<PairOutcome> found =
                batches.Length > 1 ? AccumulateTogether(micro, batches)
                : batches[0].Groups == 1 && StreamsAnswers(batches[0], micro.Passes[0][0])
                    ? [Stream(batches[0], micro.Passes[0][0], micro.TotalWeight)]
                : Accumulate(micro, batches[0]);
            outcomes.AddRange(
                trainer.MicroBatchesCountAlike
                    ? found.Select(
                        (o, i) => o with { Share = micro.Share, Batch = micro.Index, IsLogged = micro.First + i < micro.Logged }
                    )
                    : found
            );
            tokens += batches.Sum(b => b.Tokens);
        }
        return (outcomes, tokens);
    }

    private IReadOnlyList<PairOutcome> Accumulate(MicroBatchShare micro, MicroBatch batch)
    {
        using ScoringPass pass = ScoringPass.Forward(
            policy.Decoder,
            batch,
            forBackward: true,
            Recomputes(batch),
            trainer.HeadRows
        );
        (IReadOnlyList<PairOutcome> found, Tensor gradient) = ObjectiveStep.Differentiate(
            Objective,
            BatchScores.Of(pass, ReferencesOf(micro.Passes[0], batch)),
            micro.TotalWeight
        );
        pass.Backward(gradient, (double)batch.Groups / _groups);
        return found;
    }

    // The objective couples more than one pass holds: first the sums of all passes, then, once their gradients are known, each
    // pass again with its backward pass.
    private IReadOnlyList<PairOutcome> AccumulateTogether(MicroBatchShare micro, MicroBatch[] batches)
    {
        var parts = new List<BatchScores>();
        foreach ((IReadOnlyList<TokenizedGroup> groups, MicroBatch batch) in micro.Passes.Zip(batches))
        {
            using ScoringPass pass = ScoringPass.Forward(policy.Decoder, batch, forBackward: false);
            parts.Add(BatchScores.Of(pass, ReferencesOf(groups, batch)).Copy());
        }
        (IReadOnlyList<PairOutcome> found, Tensor gradient) = ObjectiveStep.Differentiate(
            Objective,
            BatchScores.Join(parts),
            micro.TotalWeight
        );
        int at = 0;
        foreach (MicroBatch batch in batches)
        {
            using ScoringPass pass = ScoringPass.Forward(
                policy.Decoder,
                batch,
                forBackward: true,
                Recomputes(batch),
                trainer.HeadRows
            );
            pass.Backward(gradient.narrow(0, at, batch.Answers.Count), (double)batch.Groups / _groups);
            at += batch.Answers.Count;
        }
        return found;
    }

    private Tensor? ReferencesOf(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch) =>
        Objective.NeedsReference ? trainer.References!.For(groups, batch, policy.Precision.Wide) : null;

    private bool Recomputes(MicroBatch batch) => trainer.RecomputeActivations || batch.Tokens > trainer.KeptTokens;

    // A forward pass is a third of the work. Answer by answer, the prompt is computed once more, forward and backward, for each
    // answer but one; recomputing costs a third of everything, and so does an answer that is too long by itself.
    private bool StreamsAnswers(MicroBatch batch, TokenizedGroup group)
    {
        if (
            batch.Tokens <= trainer.KeptTokens
            || trainer.RecomputeActivations
            || !Objective.IsSeparable
            || batch.Answers.Count < 2
        )
            return false;
        int[] alone = [.. Enumerable.Range(0, batch.Answers.Count).Select(i => MicroBatch.TokensOf(group.Only(i)))];
        return alone.Max() <= trainer.KeptTokens && 3 * (alone.Sum() - batch.Tokens) < batch.Tokens;
    }

    /// <summary>
    /// Runs the group answer by answer, with the memory of one. The loss is a sum of one term per answer, so the gradient of an
    /// answer's sum does not depend on the placeholders for the sums not known yet.
    /// </summary>
    private PairOutcome Stream(MicroBatch batch, TokenizedGroup group, double totalWeight)
    {
        Tensor sums = zeros(batch.Answers.Count, dtype: policy.Precision.Wide);
        var scores = new BatchScores(batch.Answers, 1, sums, sums, null, ReferencesOf([group], batch));
        for (int i = 0; i < batch.Answers.Count; i++)
        {
            using ScoringPass pass = ScoringPass.Forward(
                policy.Decoder,
                MicroBatch.Of([group.Only(i)]),
                forBackward: true,
                chunkRows: trainer.HeadRows
            );
            sums[i] = pass.Sums[0];
            Tensor gradient = ObjectiveStep.Differentiate(Objective, scores, totalWeight).Gradient;
            pass.Backward(gradient.narrow(0, i, 1), 1.0 / (batch.Answers.Count * _groups));
        }
        return ObjectiveStep.Differentiate(Objective, scores, totalWeight).Outcomes.Single();
    }
}
