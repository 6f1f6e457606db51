using Simper.Batching;
using Simper.Models;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Text.Preferences;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Analysis;

/// <summary>
/// What an objective sees of a pair, as numbers: scored once, usable with any objective. Sums are over the log-probs of an
/// answer's tokens.
/// </summary>
/// <param name="Row">The row of the data set.</param>
/// <param name="ChosenSum">log π(chosen).</param>
/// <param name="RejectedSum">log π(rejected).</param>
/// <param name="ChosenTokens">|chosen|, at least 1.</param>
/// <param name="RejectedTokens">|rejected|, at least 1.</param>
/// <param name="ReferenceChosenSum">log π_ref(chosen).</param>
/// <param name="ReferenceRejectedSum">log π_ref(rejected).</param>
public readonly record struct PairLogProbs(
    int Row,
    double ChosenSum,
    double RejectedSum,
    int ChosenTokens,
    int RejectedTokens,
    double ReferenceChosenSum,
    double ReferenceRejectedSum
)
{
    /// <summary>Mean log-prob per token of the chosen answer.</summary>
    public double ChosenMean => ChosenSum / ChosenTokens;

    /// <summary>Mean log-prob per token of the rejected answer.</summary>
    public double RejectedMean => RejectedSum / RejectedTokens;

    /// <summary>Scores pairs.</summary>
    /// <param name="model">The policy.</param>
    /// <param name="pairs">Groups of two answers; see <see cref="ExpectPairs"/>.</param>
    /// <param name="references">The reference; null for the policy itself, then bit-identical.</param>
    /// <param name="tokensPerMicroBatch">How many tokens to score at once.</param>
    /// <param name="cancel">Stops between micro-batches.</param>
    public static IReadOnlyList<PairLogProbs> Measure(
        LanguageModel model,
        IReadOnlyList<TokenizedGroup> pairs,
        Reference? references = null,
        int tokensPerMicroBatch = 4096,
        CancellationToken cancel = default
    )
    {
        ExpectPairs(pairs);
        var found = new List<PairLogProbs>(pairs.Count);
        foreach (IReadOnlyList<TokenizedGroup> part in MicroBatchPlan.Split(pairs, int.MaxValue, tokensPerMicroBatch))
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            MicroBatch batch = MicroBatch.Of(part);
            using ScoringPass pass = ScoringPass.Forward(model.Decoder, batch, forBackward: false);
            double[] sums = pass.Sums.to(ScalarType.Float64).data<double>().ToArray();
            double[] reference = references?.For(part, batch, ScalarType.Float64).data<double>().ToArray() ?? sums;
            for (int i = 0; i < sums.Length; i += 2)
                found.Add(Of(batch.Answers[i], batch.Answers[i + 1], sums[i], sums[i + 1], reference[i], reference[i + 1]));
        }
        return found;
    }

    internal static PairLogProbs Of(
        MicroBatch.Answer chosen,
        MicroBatch.Answer rejected,
        double chosenSum,
        double rejectedSum,
        double referenceChosen,
        double referenceRejected
    ) => new(chosen.Row, chosenSum, rejectedSum, chosen.ScoredTokens, rejected.ScoredTokens, referenceChosen, referenceRejected);

    /// <summary>
    /// An objective's outcome for pairs evaluated together, with the gradients of each; by autograd, in double precision.
    /// </summary>
    /// <exception cref="SimperException">The objective needs more than this; see <see cref="ExpectSeen"/>.</exception>
    public static IReadOnlyList<PairOutcome> Differentiate(Objective objective, params IReadOnlyList<PairLogProbs> pairs)
    {
        ExpectSeen(objective);
        using var scope = NewDisposeScope();
        MicroBatch.Answer[] answers =
        [
            .. pairs.SelectMany(
                (p, i) => (MicroBatch.Answer[])[new(i, 0, p.Row, p.ChosenTokens, 1), new(i, 1, p.Row, p.RejectedTokens, -1)]
            ),
        ];
        Tensor sums = tensor(pairs.SelectMany(p => (double[])[p.ChosenSum, p.RejectedSum]).ToArray());
        Tensor references = tensor(pairs.SelectMany(p => (double[])[p.ReferenceChosenSum, p.ReferenceRejectedSum]).ToArray());
        return ObjectiveStep
            .Differentiate(objective, new BatchScores(answers, pairs.Count, sums, sums, null, references), totalWeight: 1)
            .Outcomes;
    }

    /// <summary>Checks that an objective is over pairs and needs no more of them than sums.</summary>
    /// <exception cref="SimperException">It does not.</exception>
    public static void ExpectSeen(Objective objective)
    {
        if (objective.Takes is PreferenceKind.Unpaired or PreferenceKind.Mismatched)
            throw new SimperException(
                $"{objective.Name} is made for single answers and does not see pairs; compare objectives over pairs."
            );
        if (objective.Needs with { AnswersPerGroup = int.MaxValue } != ScoreNeeds.Sums)
            throw new SimperException(
                $"{objective.Name}, set like this, weighs the tokens of an answer or reads its prompt too; analyses of "
                    + "gradients look at plain sums of log-probs. Leave out use_weighting, ld_alpha, dynamic, "
                    + "completion_only_loss or orpo_nll_on_prompt."
            );
    }

    /// <summary>Checks that groups are pairs.</summary>
    /// <exception cref="SimperException">A group does not have two answers, or has other weights; the message names its
    /// row.</exception>
    public static void ExpectPairs(IEnumerable<TokenizedGroup> groups)
    {
        foreach (TokenizedGroup group in groups)
        {
            if (group.Answers.Length != 2 || group.WeightOf(0) != 1 || group.WeightOf(1) != -1)
                throw new SimperException(
                    $"Row {group.Row} is no pair of a chosen and a rejected answer; gradients of pairs need both."
                );
        }
    }
}
