using Simper.Evaluation;

namespace Simper.Experiments;

/// <summary>The verdict of a difference's 95 % interval on the claim that it is above 0.</summary>
public enum Verdict
{
    /// <summary>The whole interval is above 0.</summary>
    Holds,

    /// <summary>The whole interval is below 0.</summary>
    DoesNotHold,

    /// <summary>0 is inside: these pairs do not decide.</summary>
    Undecided,

    /// <summary>Too few pairs (see <see cref="PairedDifference.FewestToJudge"/>) for a verdict.</summary>
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
