using System.Text.Json.Nodes;
using Simper.Evaluation;

namespace Simper.Experiments;

/// <summary>
/// Objectives at the same margin, the largest that all of them reach: what each paid for it in the chosen answers' log-prob. The
/// claim is that the first paid least. Of several rates each objective is taken at the one most favourable to it.
/// </summary>
public sealed record MatchedObjectives
{
    /// <summary>Which pairs.</summary>
    public required PairSet Set { get; init; }

    /// <summary>How log-probs are read.</summary>
    public required LogProbKind Kind { get; init; }

    /// <summary>
    /// The matched objectives, in the order given; empty where the first, or all others, never rise above the start.
    /// </summary>
    public required IReadOnlyList<MatchedObjective> Objectives { get; init; }

    /// <summary>The objectives whose margin never rises above the start, with the rates that were tried.</summary>
    public required IReadOnlyList<ObjectiveArms> Unreached { get; init; }

    /// <summary>Number of pairs.</summary>
    public required int Pairs { get; init; }

    /// <summary>The matched margin; NaN where nothing is matched.</summary>
    public double Margin { get; init; } = double.NaN;

    /// <summary>The margin at the start.</summary>
    public required double StartMargin { get; init; }

    /// <summary>The chosen log-prob at the start.</summary>
    public required double StartChosen { get; init; }

    /// <summary>Matches objectives.</summary>
    /// <param name="objectives">The objectives; the claim is about the first.</param>
    /// <param name="arms">Their arms, diverged ones included: their trajectory counts up to the divergence.</param>
    /// <param name="set">Which pairs.</param>
    /// <param name="kind">How log-probs are read.</param>
    /// <param name="places">Indices of the pairs to use; null for all.</param>
    public static MatchedObjectives Of(
        IReadOnlyList<ObjectiveArms> objectives,
        IReadOnlyList<Trajectory> arms,
        PairSet set,
        LogProbKind kind,
        IReadOnlyList<int>? places = null
    )
    {
        IReadOnlyList<Measurement> Measured(Trajectory arm) => places is null ? arm.Of(set) : arm.Of(set, places);
        (ObjectiveArms Objective, (Trajectory Arm, Course Course)[] Arms)[] all =
        [
            .. objectives.Select(o =>
                (o, arms.Where(a => a.Arm.Spec == o.Spec).Select(a => (a, Course.Of(Measured(a), kind))).ToArray())
            ),
        ];
        Course any = all[0].Arms[0].Course;
        int[] pairs = [.. Enumerable.Range(0, any.Pairs)];
        var rising = all.Where(o => Rises(o.Arms)).ToArray();
        var matched = new MatchedObjectives
        {
            Set = set,
            Kind = kind,
            Objectives = [],
            Unreached = [.. all.Where(o => !Rises(o.Arms)).Select(o => o.Objective)],
            Pairs = pairs.Length,
            StartMargin = any.MeanMargins(pairs)[0],
            StartChosen = any.MeanChosen(pairs)[0],
        };
        if (rising.Length < 2 || rising[0].Objective != objectives[0])
            return matched;
        double target = rising.Min(o => Highest(o.Arms));
        (Trajectory Arm, Course Course)[] kindest =
        [
            .. rising.Select(o =>
                o.Arms.Where(a => a.Course.MeanMargins(pairs).Max() >= target)
                    .MaxBy(a => a.Course.ChosenAt(a.Course.PlaceOf(target)).Average())
            ),
        ];
        MatchedMargin at = MatchedMargin.Of([.. kindest.Select(k => k.Course)])!;
        return matched with
        {
            Margin = at.Margin,
            Objectives =
            [
                .. kindest.Select(
                    (k, i) =>
                        new MatchedObjective(
                            k.Arm.Arm,
                            StepAt(Measured(k.Arm), at.Places[i]),
                            at.Chosen[i].Average(),
                            at.Change(i),
                            i == 0 ? null : at.Difference(0, i)
                        )
                ),
            ],
        };

        bool Rises((Trajectory, Course Course)[] of) =>
            of.Any(a => a.Course.MeanMargins(pairs) is var margins && margins.Max() > margins[0]);
        double Highest((Trajectory, Course Course)[] of) => of.Max(a => a.Course.MeanMargins(pairs).Max());
    }

    /// <summary>As in files.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["pairs"] = Set == PairSet.Train ? "train" : "held out",
            ["log_probs"] = Kind == LogProbKind.Mean ? "means per token" : "sums",
            ["count"] = Pairs,
            ["start_margin"] = StartMargin,
            ["start_chosen"] = StartChosen,
            ["matched_margin"] = double.IsNaN(Margin) ? null : Margin,
            ["objectives"] = new JsonArray([.. Objectives.Select(o => o.ToJson(Objectives[0].Arm.Spec.Text))]),
            ["never_above_the_start"] = new JsonArray([
                .. Unreached.Select(u => new JsonObject
                {
                    ["objective"] = u.Spec.Text,
                    ["learning_rates"] = new JsonArray([.. u.Rates.Select(r => JsonValue.Create(r))]),
                }),
            ]),
        };

    private static double StepAt(IReadOnlyList<Measurement> course, double place)
    {
        int whole = (int)place;
        return whole == place
            ? course[whole].Step
            : course[whole].Step + (place - whole) * (course[whole + 1].Step - course[whole].Step);
    }
}
