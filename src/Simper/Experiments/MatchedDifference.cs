using System.Text.Json.Nodes;
using Simper.Evaluation;

namespace Simper.Experiments;

/// <summary>
/// A difference at the matched margin. It has an interval but no sign test, which would treat the place where the margin is
/// reached as known, though it is an estimate too.
/// </summary>
/// <param name="Pairs">How many were compared.</param>
/// <param name="Mean">The mean over them.</param>
/// <param name="Interval">Its 95 % interval, the margin matched again in every resample.</param>
public sealed record MatchedDifference(int Pairs, double Mean, Interval Interval)
{
    /// <summary>Its verdict on the claim that it is above 0.</summary>
    public Verdict Verdict =>
        Pairs < PairedDifference.FewestToJudge ? Verdict.TooFewPairs
        : Interval.Low > 0 ? Verdict.Holds
        : Interval.High < 0 ? Verdict.DoesNotHold
        : Verdict.Undecided;

    /// <summary>As in files.</summary>
    internal JsonObject ToJson() => new() { ["mean"] = ExperimentJson.Number(Mean), ["interval"] = ExperimentJson.Of(Interval) };
}
