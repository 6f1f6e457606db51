using System.Text.Json.Nodes;

namespace Simper.Experiments;

/// <summary>An objective at the matched margin.</summary>
/// <param name="Arm">Its arm.</param>
/// <param name="Step">Where it reaches the margin, interpolated between measurements.</param>
/// <param name="Chosen">The chosen answers' log-prob there.</param>
/// <param name="Change">How much that exceeds the start.</param>
/// <param name="FirstLessThis">How much the first objective's exceeds this one's; null for the first itself.</param>
public sealed record MatchedObjective(
    Arm Arm,
    double Step,
    double Chosen,
    MatchedDifference Change,
    MatchedDifference? FirstLessThis
)
{
    /// <summary>Whether the first objective's chosen log-prob falls less than this one's; null for the first itself.</summary>
    public Verdict? FallsLess => FirstLessThis?.Verdict;

    /// <summary>The change of the chosen answers from the start, in words.</summary>
    public string ChangeInWords =>
        Change.Verdict switch
        {
            Verdict.Holds => "above the start",
            Verdict.DoesNotHold => "below the start",
            Verdict.TooFewPairs => "not told from the start, since the pairs are too few",
            _ => "not told from the start",
        };

    /// <summary>As in files.</summary>
    internal JsonObject ToJson(string first)
    {
        var json = new JsonObject
        {
            ["objective"] = Arm.Spec.Text,
            ["learning_rate"] = Arm.LearningRate,
            ["step"] = Step,
            ["chosen"] = Chosen,
            ["change_from_start"] = Change.ToJson(),
            ["change"] = ChangeInWords,
        };
        if (FirstLessThis is not null)
        {
            json["first_less_this"] = FirstLessThis.ToJson();
            json["claim"] = $"the chosen log-prob of {first} falls less than that of {Arm.Spec.Text}";
            json["verdict"] = FallsLess!.Value.Words();
        }
        return json;
    }
}
