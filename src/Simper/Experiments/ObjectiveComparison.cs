using System.Text.Json.Nodes;
using Simper.Reports;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>
/// Objectives compared: from the same start, on the same pairs in the same order, for the same number of steps. One half of the
/// held-out pairs is used to choose each objective's learning rate; all reported results come from the other half. Not thread
/// safe.
/// </summary>
/// <param name="recipe">What all share.</param>
/// <param name="objectives">The objectives, with the rates to try; the first is the baseline.</param>
/// <param name="seeds">Seeds of the data order; rates are chosen with the first.</param>
/// <param name="settings">What is measured.</param>
/// <param name="choice">The criterion by which rates are chosen.</param>
public sealed class ObjectiveComparison(
    Recipe recipe,
    IReadOnlyList<ObjectiveArms> objectives,
    IReadOnlyList<long> seeds,
    ExperimentSettings settings,
    RateChoice choice
)
{
    /// <summary>The objectives, in the order given. Empty until the last event.</summary>
    public IReadOnlyList<ComparedObjective> Found { get; private set; } = [];

    /// <summary>Those that did not diverge, at the same margin of mean log-probs on the test pairs.</summary>
    public MatchedObjectives? AtMatchedMargin { get; private set; }

    /// <summary>The page.</summary>
    public string PagePath => Path.Combine(recipe.OutputDir, "compare.html");

    /// <summary>How the held-out pairs were split, in a sentence.</summary>
    public string Split { get; private set; } = "";

    /// <summary>Runs what is missing, and writes <c>compare.json</c>, <c>compare.html</c> and <c>plots/</c>.</summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; completed arms are kept.</exception>
    public IEnumerable<ExperimentEvent> Events(CancellationToken cancel = default)
    {
        using Experiment experiment = Experiment.Open(recipe, settings, cancel);
        int pairs = experiment.HeldOutRows.Count;
        if (pairs < 4)
            throw new SimperException(
                $"{pairs} held-out pairs are too few: half of them choose the rates, the other half is reported; hold "
                    + "out more (test_split_size)."
            );
        foreach (string note in experiment.Notes)
            yield return new ExperimentEvent.Message(note);
        int[] validation = [.. Enumerable.Range(0, pairs / 2)];
        int[] test = [.. Enumerable.Range(pairs / 2, pairs - pairs / 2)];
        Split = SplitOf(validation.Length, test.Length);
        yield return new ExperimentEvent.Message($"Figures while it goes on are those of all {pairs} held-out pairs.");

        var arms = new List<Trajectory>();
        Arm[] first = [.. objectives.SelectMany(o => o.Rates.Select(rate => new Arm(o.Spec, rate, seeds[0])))];
        foreach (
            ExperimentEvent happened in Collected(
                experiment.Run(first, further: objectives.Count * (seeds.Count - 1), cancel),
                arms
            )
        )
            yield return happened;
        ValidatedRate[][] rates =
        [
            .. objectives.Select(o =>
                arms.Where(a => a.Arm.Spec == o.Spec)
                    .OrderBy(a => a.Arm.LearningRate)
                    .Select(a => new ValidatedRate(a.Arm, a.Diverged is null ? a.Of(PairSet.HeldOut, validation)[^1] : null))
                    .ToArray()
            ),
        ];
        Arm[] chosen = [.. rates.Select(r => ValidatedRate.Best(r, choice)?.Arm).OfType<Arm>()];
        foreach (
            ExperimentEvent happened in Collected(
                experiment.Run([.. seeds.Skip(1).SelectMany(seed => chosen.Select(c => c with { Seed = seed }))], cancel: cancel),
                arms
            )
        )
            yield return happened;

        Found =
        [
            .. objectives.Select(
                (objective, i) =>
                {
                    double? rate = ValidatedRate.Best(rates[i], choice)?.Arm.LearningRate;
                    Trajectory[] own =
                    [
                        .. arms.Where(a => a.Arm.Spec == objective.Spec && a.Arm.LearningRate == rate)
                            .OrderBy(a => seeds.ToList().IndexOf(a.Arm.Seed)),
                    ];
                    return new ComparedObjective
                    {
                        Objective = objective,
                        Rates = rates[i],
                        Arms = [.. own.Where(a => a.Diverged is null)],
                        Diverged = own.Count(a => a.Diverged is not null),
                        Test = test,
                    };
                }
            ),
        ];
        Write(experiment.Folder, test);
    }

    /// <summary>Caveats, in sentences.</summary>
    public IEnumerable<string> Notes()
    {
        foreach (ComparedObjective objective in Found)
        {
            if (objective.Chosen is not { } chosen)
                yield return $"{objective.Name} diverged at every rate that was tried "
                    + $"({string.Join(", ", objective.Rates.Select(r => r.Arm.Rate))}); give it smaller ones.";
            else if (objective.IsAtEdge)
                yield return $"{objective.Name}'s rate {chosen.Rate} is the "
                    + $"{(chosen.LearningRate == objective.Objective.Rates[0] ? "smallest" : "largest")} that was tried; a "
                    + "better one may lie beyond.";
            if (objective.Diverged > 0)
                yield return $"{objective.Name} diverged with {objective.Diverged} of {seeds.Count} seeds; these are left out.";
        }
        if (Found[0].Chosen is null && AtMatchedMargin is { Objectives: [var instead, ..] })
            yield return $"Since {Found[0].Name} diverged, the matched margin is relative to {instead.Arm.Spec.Text}.";
        if (objectives.Any(o => o.Rates.Count == 1))
            yield return "Where one rate was tried nothing was chosen; an objective may do better at another (--learning_rates).";
        if (seeds.Count == 1)
            yield return "One seed: intervals count that pairs differ, not that runs do (--seeds).";
    }

    private string SplitOf(int validation, int test)
    {
        int choices = objectives.Count(o => o.Rates.Count > 1);
        return choices == 0
            ? $"Every objective has one rate, so none is chosen; all figures below come from {test} of the {validation + test} "
                + "held-out pairs, the half that would have no say in it."
            : $"Rates are chosen on {validation} held-out pairs by {Words(choice)}"
                + $"{(choices < objectives.Count ? ", where there are several" : "")}; all figures below come "
                + $"from {test} others.";
    }

    private static IEnumerable<ExperimentEvent> Collected(IEnumerable<ExperimentEvent> events, List<Trajectory> arms)
    {
        foreach (ExperimentEvent happened in events)
        {
            if (happened is ExperimentEvent.ArmFinished finished)
                arms.Add(finished.Trajectory);
            yield return happened;
        }
    }

    private void Write(ExperimentFolder folder, int[] test)
    {
        ComparedObjective[] finished = [.. Found.Where(f => f.Arms.Count > 0)];
        if (finished.Length > 1)
            AtMatchedMargin = MatchedObjectives.Of(
                [.. finished.Select(f => f.Objective)],
                [.. finished.Select(f => f.Arms[0])],
                PairSet.HeldOut,
                LogProbKind.Mean,
                test
            );
        folder.Write(
            "compare.json",
            new JsonObject
            {
                ["split"] = Split,
                ["validation_pairs"] = Found[0].Test[0],
                ["test_pairs"] = test.Length,
                ["objectives"] = new JsonArray([.. Found.Select((f, i) => f.ToJson(i == 0 ? null : Found[0]))]),
                ["at_matched_margin"] = AtMatchedMargin?.ToJson(),
                ["notes"] = new JsonArray([.. Notes().Select(n => JsonValue.Create(n))]),
            }
        );
        IReadOnlyList<(string Name, Figure Figure)> figures = Figures(finished);
        foreach ((string name, Figure figure) in figures)
            folder.Write(name, figure);
        RunReport.WritePage(PagePath, ObjectiveComparisonPage.Of(this, recipe with { ResumeFromCheckpoint = null }, figures));
    }

    private IReadOnlyList<(string Name, Figure Figure)> Figures(ComparedObjective[] finished)
    {
        if (finished.Length == 0)
            return [];
        (string, IReadOnlyList<Measurement>)[] courses = [.. finished.Select(f => (f.Name, f.Course))];
        var figures = new List<(string, Figure)>
        {
            ("chosen-against-margin", TrajectoryFigures.ChosenAgainstMargin(courses, LogProbKind.Mean, "test")),
            (
                "accuracy",
                TrajectoryFigures.OverSteps(courses, "Accuracy by mean log-prob", "share of test pairs", m => m.MeanAccuracy)
            ),
            ("margin", TrajectoryFigures.OverSteps(courses, "Margin of mean log-probs", "nats per token", m => m.MeanMargin)),
            ("logprobs", TrajectoryFigures.LogProbs(courses, LogProbKind.Mean, "test")),
        };
        if (finished.Any(f => f.Rates.Count > 1))
        {
            figures.Add(
                (
                    "accuracy-by-rate",
                    new Figure
                    {
                        Title = "Accuracy by rate, validation pairs",
                        XLabel = "learning rate",
                        YLabel = "accuracy by mean log-prob",
                        LogX = true,
                        Curves =
                        [
                            .. finished
                                .Select((f, i) => (f, i))
                                .Where(x => x.f.Rates.Count > 1)
                                .Select(x => (x.i, x.f.Name, Rates: x.f.Rates.Where(r => r.Validation is not null)))
                                .Select(x => new Curve(
                                    x.Name,
                                    [.. x.Rates.Select(r => r.Arm.LearningRate)],
                                    [.. x.Rates.Select(r => r.Validation!.MeanAccuracy)]
                                )
                                {
                                    Colour = x.i,
                                    Points = true,
                                }),
                        ],
                    }
                )
            );
        }
        return figures;
    }

    private static string Words(RateChoice choice) =>
        choice switch
        {
            RateChoice.Accuracy => "accuracy by mean log-prob",
            RateChoice.RewardAccuracy => "accuracy by each objective's own reward",
            _ => "each objective's own loss",
        };
}
