using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Reports;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>
/// Figure 3 of the paper: how the log-probs of chosen and rejected answers move under several objectives, from the same start on
/// the same pairs; and its claim that at the same margin the chosen log-probs of the first objective have fallen less. Not thread
/// safe.
/// </summary>
/// <param name="recipe">What all share.</param>
/// <param name="objectives">The objectives, with the rates to try; the claim is about the first.</param>
/// <param name="settings">What is measured.</param>
public sealed class DynamicsStudy(Recipe recipe, IReadOnlyList<ObjectiveArms> objectives, ExperimentSettings settings)
{
    /// <summary>
    /// The results: held-out and training pairs, by means per token and by sums. Empty until the last event.
    /// </summary>
    public IReadOnlyList<MatchedObjectives> Found { get; private set; } = [];

    /// <summary>
    /// The first objective against each of the others alone, at the largest margin that the two reach on held-out pairs: a slow
    /// one limits the margin of all. Empty for two objectives, which <see cref="Found"/> covers.
    /// </summary>
    public IReadOnlyList<MatchedObjectives> TwoByTwo { get; private set; } = [];

    /// <summary>The trajectories.</summary>
    public IReadOnlyList<Trajectory> Arms { get; private set; } = [];

    /// <summary>Runs what is missing, matches, and writes <c>dynamics.json</c> and <c>plots/</c>.</summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; completed arms are kept.</exception>
    public IEnumerable<ExperimentEvent> Events(CancellationToken cancel = default)
    {
        if (objectives.Count < 2)
            throw new SimperException(
                "Dynamics are compared between objectives; name two or more, as --objectives simper,dpo,simpo."
            );
        using Experiment experiment = Experiment.Open(recipe, settings, cancel);
        foreach (string note in experiment.Notes)
            yield return new ExperimentEvent.Message(note);
        var arms = new List<Trajectory>();
        foreach (
            ExperimentEvent happened in experiment.Run(
                [.. objectives.SelectMany(o => o.Rates.Select(rate => new Arm(o.Spec, rate, recipe.Seed)))],
                cancel: cancel
            )
        )
        {
            if (happened is ExperimentEvent.ArmFinished finished)
                arms.Add(finished.Trajectory);
            yield return happened;
        }
        Arms = arms;
        PairSet[] sets = settings.TrainPairs > 0 ? [PairSet.HeldOut, PairSet.Train] : [PairSet.HeldOut];
        Found =
        [
            .. sets.SelectMany(set =>
                new[] { LogProbKind.Mean, LogProbKind.Sum }.Select(kind => MatchedObjectives.Of(objectives, arms, set, kind))
            ),
        ];
        TwoByTwo =
            objectives.Count == 2
                ? []
                :
                [
                    .. objectives
                        .Skip(1)
                        .Select(other => MatchedObjectives.Of([objectives[0], other], arms, PairSet.HeldOut, LogProbKind.Mean)),
                ];
        experiment.Folder.Write(
            "dynamics.json",
            new JsonObject
            {
                ["objectives"] = new JsonArray([.. objectives.Select(o => JsonValue.Create(o.Spec.Text))]),
                ["arms"] = new JsonArray([
                    .. arms.Select(a => new JsonObject
                    {
                        ["arm"] = a.Arm.Name,
                        ["steps"] = a.Measurements.Max(m => m.Step),
                        ["diverged"] = a.Diverged,
                        ["seconds"] = a.Seconds,
                    }),
                ]),
                ["at_matched_margin"] = new JsonArray([.. Found.Select(f => f.ToJson())]),
                ["two_by_two"] = new JsonArray([.. TwoByTwo.Select(f => f.ToJson())]),
            }
        );
        foreach ((string name, Figure figure) in Figures(sets))
            experiment.Folder.Write(name, figure);
    }

    /// <summary>The verdict on the claim, one sentence per other objective.</summary>
    public IEnumerable<string> Claims()
    {
        if (Found.Count == 0)
            yield break;
        MatchedObjectives main = Found[0];
        string first = objectives[0].Spec.Text;
        foreach (ObjectiveArms unreached in main.Unreached)
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{unreached.Spec.Text} never reaches a margin above the start ({main.StartMargin:F4}); rates tried: "
                    + $"{string.Join(", ", unreached.Rates.Select(r => new Arm(unreached.Spec, r, 0).Rate))}."
            );
        foreach (MatchedObjectives matched in TwoByTwo.Where(t => t.Margin > main.Margin).Prepend(main))
        {
            foreach (MatchedObjective other in matched.Objectives.Skip(1))
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"At a margin of {matched.Margin:F4}, the largest that {(matched == main ? "all" : "these two")} "
                        + $"reach, {first}'s chosen log-prob falls less than {other.Arm.Spec.Text}'s: "
                        + $"{other.FallsLess!.Value.Words()} "
                )
                    + string.Create(
                        CultureInfo.InvariantCulture,
                        $"(difference {Shown.PlainSigned(other.FirstLessThis!.Mean)} nats per token, 95 % interval "
                            + $"{Shown.Interval(other.FirstLessThis.Interval, Shown.PlainSigned)}, "
                            + $"{matched.Pairs} held-out pairs)."
                    );
            }
        }
        foreach (MatchedObjective objective in main.Objectives)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{objective.Arm.Spec.Text}'s chosen log-prob at a margin of {main.Margin:F4} is "
                    + $"{objective.ChangeInWords} ({Shown.PlainSigned(objective.Change.Mean)}, "
                    + $"{Shown.Interval(objective.Change.Interval, Shown.PlainSigned)})."
            );
        }
    }

    // Each of an objective's rates has its own curve.
    private IEnumerable<(string Name, Figure Figure)> Figures(PairSet[] sets)
    {
        foreach (PairSet set in sets)
        {
            (string words, string file) = set == PairSet.Train ? ("training", "train") : ("held-out", "heldout");
            (string, IReadOnlyList<Measurement>)[] courses =
            [
                .. Arms.Select(a =>
                    (objectives.Any(o => o.Rates.Count > 1) ? $"{a.Arm.Spec.Text} {a.Arm.Rate}" : a.Arm.Spec.Text, a.Of(set))
                ),
            ];
            yield return ($"logprobs-{file}", TrajectoryFigures.LogProbs(courses, LogProbKind.Mean, words));
            yield return ($"logprob-sums-{file}", TrajectoryFigures.LogProbs(courses, LogProbKind.Sum, words));
            yield return (
                $"chosen-against-margin-{file}",
                TrajectoryFigures.ChosenAgainstMargin(courses, LogProbKind.Mean, words)
            );
            yield return (
                $"chosen-against-margin-sums-{file}",
                TrajectoryFigures.ChosenAgainstMargin(courses, LogProbKind.Sum, words)
            );
            yield return (
                $"margin-{file}",
                TrajectoryFigures.OverSteps(courses, $"Margin of {words} pairs", "nats per token", m => m.MeanMargin)
            );
        }
    }
}
