using Simper.Scoring;
using Simper.Text.Preferences;

namespace Simper.Objectives;

/// <summary>
/// A loss over pairs. Its hyperparameters are its fields, so an objective that has none cannot be given any. It sees log-probs
/// and nothing else: no model, no logits, no device. Immutable, thread safe.
/// </summary>
public abstract record Objective
{
    /// <summary>The name in recipes (<c>loss_type</c>) and logs.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the reference model's sums are needed.</summary>
    public virtual bool NeedsReference => false;

    /// <summary>Whether the rejected answers take part; where not, they are never computed.</summary>
    public virtual bool UsesRejected => true;

    /// <summary>Whether the loss is a sum of one term per answer, so that answers may be run alone, exactly.</summary>
    public virtual bool IsSeparable => false;

    /// <summary>Whether <c>logps/*</c> are reported as means per token (as SimPER does) or as sums (as DPO does).</summary>
    public virtual bool ReportsMeanLogProbs => false;

    /// <summary>Loss and rewards of every pair.</summary>
    public abstract PairLoss Evaluate(PairScores scores);

    /// <summary>Whether groups have the answers that the loss needs.</summary>
    /// <exception cref="SimperException">A group has one answer where two are needed; its row is named.</exception>
    internal void ExpectAnswers(IReadOnlyList<TokenizedGroup> groups)
    {
        if (UsesRejected && TokenExtent.Of(groups).SingleRow is { } single)
            throw new SimperException($"Row {single} has one answer; loss_type {Name} needs a chosen and a rejected one. Use loss_type sft for single answers.");
    }

    /// <summary>What a pair counts in the mean of a step: 1, or for losses per token its number of tokens. Known before the model runs.</summary>
    public virtual double Weight(int chosenTokens) => 1;
}
