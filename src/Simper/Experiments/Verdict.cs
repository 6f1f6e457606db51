using Simper.Evaluation;

namespace Simper.Experiments;

/// <summary>What the 95 % interval of a difference says of the claim that it is above 0.</summary>
public enum Verdict
{
    /// <summary>All of the interval is above 0.</summary>
    Holds,

    /// <summary>All of it is below 0.</summary>
    DoesNotHold,

    /// <summary>0 is inside: these pairs do not tell.</summary>
    Undecided,

    /// <summary>So few pairs (see <see cref="PairedDifference.FewestToJudge"/>) that no verdict is given.</summary>
    TooFewPairs,
}

/// <summary>Verdicts as words.</summary>
public static class Verdicts
{
    /// <summary>For tables.</summary>
    public static string Words(this Verdict verdict) =>
        verdict switch
        {
            Verdict.Holds => "holds",
            Verdict.DoesNotHold => "does not hold",
            Verdict.TooFewPairs => "too few pairs",
            _ => "undecided",
        };
}
