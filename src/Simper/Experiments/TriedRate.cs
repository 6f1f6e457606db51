using Simper.Evaluation;

namespace Simper.Experiments;

/// <summary>A rate of a range test.</summary>
/// <param name="Arm">The short run.</param>
/// <param name="Start">Held-out loss before it.</param>
/// <param name="End">Held-out loss after it; NaN where it diverged.</param>
/// <param name="Change">The change of the loss, paired; null where it diverged.</param>
/// <param name="AboveBest">How much the loss exceeds the best rate's, paired; null where it diverged.</param>
/// <param name="Margin">Change of the margin of mean log-probs.</param>
/// <param name="Chosen">Change of the chosen answers' mean log-prob, paired; null where it diverged.</param>
public sealed record TriedRate(
    Arm Arm,
    double Start,
    double End,
    PairedDifference? Change,
    PairedDifference? AboveBest,
    double Margin,
    PairedDifference? Chosen
)
{
    /// <summary>Whether a loss, a gradient or a log-prob was NaN or infinite.</summary>
    public bool Diverged => Change is null;

    /// <summary>Whether the loss rose significantly.</summary>
    public bool IsWorse => Change is { IsAbove: true };

    /// <summary>How many rates were tried together with it.</summary>
    public required int Rates { get; init; }

    /// <summary>
    /// The change of the loss with an interval that accounts for the number of rates tried (Bonferroni): all of these intervals
    /// cover the truth simultaneously in 95 % of the cases, so that the best may be picked. Null where it diverged.
    /// </summary>
    public Interval? ChangeOfAll => Change?.At(1 - 0.05 / Rates);

    /// <summary>Whether the loss fell significantly, after correction for the number of rates tried.</summary>
    public bool IsBetter => Change is { IsJudged: true } && ChangeOfAll is { High: < 0 };

    /// <summary>Whether these pairs cannot distinguish it from the best rate.</summary>
    public bool IsAsGoodAsBest => AboveBest is { IsAbove: false };
}
