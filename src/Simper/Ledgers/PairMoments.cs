using Simper.Objectives;

namespace Simper.Ledgers;

/// <summary>
/// The rows of a ledger as moments of pairs. Losses over single answers see the two answers of a pair apart, in different steps
/// perhaps: they are joined when the second one comes. An answer that never has another one is compared with its own first
/// moment. Takes a few bytes for each pair. Not thread safe.
/// </summary>
internal sealed class PairMoments
{
    private readonly Dictionary<(PairKey Pair, bool IsTraining), Half> _halves = [];

    // The answer that came last, without a reward once both were joined; and the first reward of all.
    private readonly record struct Half(bool IsChosen, double Reward, double Sum, double First);

    /// <summary>The moments, in the order of the rows.</summary>
    public IEnumerable<(PairKey Pair, PairMoment Moment)> Of(IEnumerable<LedgerRow> rows)
    {
        foreach (LedgerRow row in rows)
        {
            if (Of(row) is { } moment)
                yield return (PairKey.Of(row), moment);
        }
    }

    private PairMoment? Of(LedgerRow row)
    {
        PairOutcome outcome = row.Outcome;
        return (outcome.ChosenTokens > 0, outcome.RejectedTokens > 0) switch
        {
            (true, true) => Moment(row, outcome.Margin, outcome.ChosenSum, outcome.RejectedSum),
            (true, false) => OfSingle(row, isChosen: true, outcome.ChosenReward, outcome.ChosenSum),
            (false, true) => OfSingle(row, isChosen: false, outcome.RejectedReward, outcome.RejectedSum),
            _ => null,
        };
    }

    private PairMoment? OfSingle(LedgerRow row, bool isChosen, double reward, double sum)
    {
        var key = (PairKey.Of(row), row.Phase == LedgerPhase.Training);
        bool isKnown = _halves.TryGetValue(key, out Half other);
        if (!isKnown || double.IsNaN(other.Reward))
        {
            _halves[key] = new Half(isChosen, reward, sum, isKnown ? other.First : reward);
            return null;
        }
        if (other.IsChosen == isChosen)
            return isChosen ? Moment(row, reward - other.First, sum, 0) : Moment(row, other.First - reward, 0, sum);
        _halves[key] = other with { Reward = double.NaN };
        return isChosen ? Moment(row, reward - other.Reward, sum, other.Sum) : Moment(row, other.Reward - reward, other.Sum, sum);
    }

    private static PairMoment Moment(LedgerRow row, double margin, double chosenSum, double rejectedSum) =>
        new(row.Step, row.Phase, margin, PreferenceMetrics.IsTie(margin, chosenSum, rejectedSum), chosenSum - rejectedSum);
}
