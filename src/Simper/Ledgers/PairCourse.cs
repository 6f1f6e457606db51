namespace Simper.Ledgers;

/// <summary>A pair over the whole run.</summary>
/// <param name="Pair">Which.</param>
public sealed record PairCourse(PairKey Pair)
{
    /// <summary>The first moment at which an answer was preferred; if there was none, the first of all.</summary>
    public required PairMoment First { get; init; }

    /// <summary>The last such moment.</summary>
    public required PairMoment Last { get; init; }

    /// <summary>Its moments.</summary>
    public required int Moments { get; init; }

    /// <summary>Moments at which an answer was preferred.</summary>
    public required int Decided { get; init; }

    /// <summary>Moments at which it was the chosen one.</summary>
    public required int Right { get; init; }

    /// <summary>
    /// How far training moved the model towards the label: the mean of log π(chosen) - log π(rejected) in the second half of the
    /// run, minus what it was before training. Where that is not known, the mean margin in the second half; of a pair that was
    /// not seen there, over all its moments. Below 0 the label contradicts what the others taught. It is the area under the
    /// margin of Pleiss et al. (2020, arXiv 2001.10528), of the later half and relative to the start, as DPO's implicit reward
    /// is (Rafailov et al. 2023). NaN for a pair that was never seen behind the first step.
    /// </summary>
    public required double Agreement { get; init; }

    /// <summary>Whether <see cref="Agreement"/> is relative to the start.</summary>
    public required bool HasStart { get; init; }

    /// <summary>Whether the pair is among the answers to a question.</summary>
    public bool Answers(LedgerQuestion question) =>
        question switch
        {
            LedgerQuestion.Learned => First.IsRight == false && Last.IsRight == true,
            LedgerQuestion.Worse => First.IsRight == true && Last.IsRight == false,
            LedgerQuestion.AlwaysRight => Decided > 0 && Right == Decided,
            LedgerQuestion.NeverRight => Decided > 0 && Right == 0,
            LedgerQuestion.Mislabelled => Agreement < 0,
            _ => throw new ArgumentOutOfRangeException(nameof(question), question, "no such question"),
        };

    /// <summary>By which the answers to a question are ordered, the lowest first: those that are most so.</summary>
    internal double Rank(LedgerQuestion question) =>
        question switch
        {
            LedgerQuestion.Learned => First.Margin - Last.Margin,
            LedgerQuestion.AlwaysRight => -Last.Margin,
            LedgerQuestion.Worse => Last.Margin - First.Margin,
            LedgerQuestion.Mislabelled => Agreement,
            _ => Last.Margin,
        };
}
