using Simper.Batching;
using Simper.Scoring;
using Simper.Text.Preferences;

namespace Simper.Objectives;

/// <summary>
/// A loss over preferences. Its hyperparameters are its fields, so an objective without any cannot be given one. It sees
/// log-probs only: no model, no logits, no device. Immutable, thread safe.
/// </summary>
public abstract record Objective
{
    /// <summary>The name in recipes (<c>loss_type</c>) and logs.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the reference model's sums are needed.</summary>
    public virtual bool NeedsReference => false;

    /// <summary>Whether answers after the first take part; if not, they are never computed.</summary>
    public virtual bool UsesRejected => true;

    /// <summary>Which kind of data rows it takes.</summary>
    public virtual PreferenceKind Takes => PreferenceKind.Pairs;

    /// <summary>
    /// Whether the loss is a sum of one term per answer, so that answers may be run separately without changing the result.
    /// </summary>
    public virtual bool IsSeparable => false;

    /// <summary>
    /// Whether the loss of a pair depends on the other pairs of its batch (<c>per_device_train_batch_size</c>): through a token
    /// mean, a sort, or an estimate.
    /// </summary>
    public virtual bool IsBatchDependent => false;

    /// <summary>
    /// Whether the loss is a mean over tokens instead of pairs: a step's loss is then one mean over all its tokens, also in the
    /// modes of other trainers, and in a mixture it couples the pairs of a batch.
    /// </summary>
    public virtual bool IsMeanOverTokens => false;

    /// <summary>Whether <c>logps/*</c> are reported as means per token (as in SimPER) or as sums (as in DPO).</summary>
    public virtual bool ReportsMeanLogProbs => false;

    /// <summary>What it needs of the answers beyond the sums of their log-probs.</summary>
    public virtual ScoreNeeds Needs => ScoreNeeds.Sums;

    /// <summary>Loss and rewards of every group.</summary>
    public abstract PairLoss Evaluate(PairScores scores);

    /// <summary>
    /// A pair's weight in the mean of a step: 1, or its number of tokens for losses per token. Known before the model runs.
    /// </summary>
    /// <param name="chosenTokens">Scored tokens of the first answer.</param>
    /// <param name="promptTokens">Tokens of its prompt that can be scored: all but the first.</param>
    public virtual double Weight(int chosenTokens, int promptTokens) => 1;

    /// <summary>
    /// What is wrong with the combination of its hyperparameters, as the end of a sentence; null if nothing is.
    /// </summary>
    public virtual string? Fault => null;

    /// <summary>What passes of the model have to compute.</summary>
    internal ScoreNeeds AskedNeeds => UsesRejected ? Needs : Needs with { AnswersPerGroup = 1 };

    /// <summary>Checks that groups have the answers that the loss needs.</summary>
    /// <exception cref="SimperException">A group has others; the message names its row.</exception>
    internal void ExpectAnswers(IReadOnlyList<TokenizedGroup> groups)
    {
        TokenExtent extent = TokenExtent.Of(groups);
        string? wrong = Takes switch
        {
            PreferenceKind.Pairs when !UsesRejected => extent.BadRow is { } bad
                ? $"Row {bad} is a bad answer; loss_type {Name} would learn it. Leave such rows out, or use loss_type "
                    + "simper, kto or bco."
                : null,
            PreferenceKind.Pairs when extent.SingleRow is { } single =>
                $"Row {single} has one answer; loss_type {Name} needs a chosen and a rejected one. Use loss_type sft for "
                    + "single answers, or for good and bad ones simper, kto or bco.",
            PreferenceKind.Pairs when extent.ManyRow is { } many =>
                $"Row {many} has more than two answers; loss_type {Name} needs a chosen and a rejected one. Use "
                    + "loss_type simper for ranked or graded answers, or make pairs of them.",
            PreferenceKind.Weighted when extent.RejectedRow is null =>
                $"There is no rejected or bad answer in the data; loss_type {Name} would only raise what is there. Use "
                    + "loss_type sft.",
            PreferenceKind.Unpaired or PreferenceKind.Mismatched when extent.UnlabelledRow is { } bare =>
                $"Row {bare} has one answer and no label; loss_type {Name} needs to know good answers from bad ones. "
                    + "Give a column label of true or false (or 1 or 0), or use loss_type sft.",
            _ => null,
        };
        if (wrong is not null)
            throw new SimperException(wrong);
    }

    /// <summary>A warning where all answers are good, or all bad, and the loss needs both; else null.</summary>
    internal string? OneClass(IReadOnlyList<TokenizedGroup> groups)
    {
        TokenExtent extent = TokenExtent.Of(groups);
        return Takes == PreferenceKind.Pairs
            || groups.Count == 0
            || (extent.GoodRow is not null && extent.RejectedRow is not null)
                ? null
            : extent.RejectedRow is null
                ? $"all {groups.Count:N0} answers are labelled good and none bad; loss_type {Name} is made for both, and "
                    + "will only raise what is there"
            : $"all {groups.Count:N0} answers are labelled bad and none good; loss_type {Name} is made for both, and will "
                + "only lower what is there";
    }

    /// <summary>log σ(x), numerically stable on both sides.</summary>
    protected static Column LogSigmoid(Column x) => x.LogSigmoid();

    /// <summary>
    /// -(1 - ε) log σ(x) - ε log σ(-x): the logistic loss where a share ε of the labels is assumed to be wrong.
    /// </summary>
    protected static Column SmoothedLogistic(Column x, double smoothing) =>
        smoothing == 0 ? -LogSigmoid(x) : -(1 - smoothing) * LogSigmoid(x) - smoothing * LogSigmoid(-x);
}
