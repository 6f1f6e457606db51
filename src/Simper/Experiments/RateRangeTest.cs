using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Evaluation;
using Simper.Reports;
using Simper.Runs;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>
/// A learning-rate range test: short runs of one objective at rates a constant factor apart, each from the same start on the same
/// pairs, at a constant rate after a short warm-up; and the held-out loss at the end of each. Not thread safe.
/// </summary>
/// <param name="recipe">The objective and what all runs share.</param>
/// <param name="rates">Peak rates, ascending.</param>
/// <param name="settings">What is measured.</param>
public sealed class RateRangeTest(Recipe recipe, IReadOnlyList<double> rates, ExperimentSettings settings)
{
    /// <summary>Steps of a short run where the recipe gives none.</summary>
    public const int UsualSteps = 20;

    /// <summary>The results, by rate. Empty until the last event.</summary>
    public IReadOnlyList<TriedRate> Found { get; private set; } = [];

    /// <summary>The recommended rate; null where none lowered the loss significantly.</summary>
    public TriedRate? Recommended => Best is { IsBetter: true } best ? best : null;

    private TriedRate? Best => Found.Where(r => !r.Diverged).MinBy(r => r.End);

    /// <summary>Rates from one to another, a constant factor apart.</summary>
    /// <exception cref="SimperException">An end is not above 0, the ends are in the wrong order, or there are fewer than
    /// two.</exception>
    public static IReadOnlyList<double> Spaced(double from, double to, int points)
    {
        if (!(from > 0 && from < to && to <= 1) || points < 2)
            throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Rates from {from} to {to} in {points} points are no range; give --from above 0, --to above it and "
                        + $"at most 1, and --points of 2 or more."
                )
            );
        // Rounded to three digits, so that files and tables have short numbers.
        return
        [
            .. Enumerable
                .Range(0, points)
                .Select(i =>
                    double.Parse(
                        (from * Math.Pow(to / from, (double)i / (points - 1))).ToString(
                            "E2",
                            System.Globalization.CultureInfo.InvariantCulture
                        ),
                        System.Globalization.CultureInfo.InvariantCulture
                    )
                )
                .Distinct(),
        ];
    }

    /// <summary>Runs what is missing, and writes <c>tune.json</c> and <c>plots/</c>.</summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; completed runs are kept.</exception>
    public IEnumerable<ExperimentEvent> Events(CancellationToken cancel = default)
    {
        int steps = recipe.MaxSteps > 0 ? recipe.MaxSteps : UsualSteps;
        Recipe brief = recipe with
        {
            MaxSteps = steps,
            Schedule = ScheduleKind.ConstantWithWarmup,
            ScheduleOptions = new(),
            Warmup = steps / 10,
        };
        using Experiment experiment = Experiment.Open(
            brief,
            settings with
            {
                Every = settings.Every > 0 ? settings.Every : steps,
            },
            cancel
        );
        foreach (string note in experiment.Notes)
            yield return new ExperimentEvent.Message(note);
        var spec = new ObjectiveSpec(ObjectiveArms.Written(recipe.Objective, recipe.Catalog), recipe.Objective);
        var arms = new List<Trajectory>();
        foreach (
            ExperimentEvent happened in experiment.Run(
                [.. rates.Select(rate => new Arm(spec, rate, recipe.Seed))],
                cancel: cancel
            )
        )
        {
            if (happened is ExperimentEvent.ArmFinished finished)
                arms.Add(finished.Trajectory);
            yield return happened;
        }
        Found = Judge([.. arms.OrderBy(a => a.Arm.LearningRate)]);
        experiment.Folder.Write("tune.json", ToJson(spec.Text, steps));
        experiment.Folder.Write("loss-by-rate", LossByRate(spec.Text, steps));
        experiment.Folder.Write("logprobs-by-rate", LogProbsByRate(steps));
    }

    /// <summary>The recommendation with its reason, and caveats, in sentences.</summary>
    public IEnumerable<string> Advice()
    {
        if (Recommended is not { } best)
        {
            yield return Found.All(r => r.Diverged)
                ? "Every rate diverged; lower --from and --to."
                : "No rate lowered the held-out loss for sure; give more steps (--max_steps), more held-out pairs "
                    + "(--eval_pairs), or another range (--from, --to).";
            yield break;
        }
        TriedRate[] alike = [.. Found.Where(r => r.IsAsGoodAsBest)];
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"Recommended: learning_rate {best.Arm.Rate}, the lowest held-out loss ({best.Start:F4} before, "
                + $"{best.End:F4} after; change {Shown.PlainSigned(best.Change!.Mean)}, 95 % interval, corrected for "
                + $"{Found.Count} rates, {Shown.Interval(best.ChangeOfAll!.Value, Shown.PlainSigned)})."
        );
        if (alike.Length > 1)
            yield return $"These pairs cannot tell it from {alike[0].Arm.Rate} to {alike[^1].Arm.Rate}; the largest of these "
                + "learns fastest, the smallest moves the model least.";
        if (best == Found[^1] || best == Found[0])
            yield return $"It is the {(best == Found[^1] ? "largest" : "smallest")} rate that was tried; try "
                + $"{(best == Found[^1] ? "larger ones (--to)" : "smaller ones (--from)")} as well.";
        if (best.Chosen is { IsBelow: true } chosen)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"The chosen answers became less likely at it ({Shown.PlainSigned(chosen.Mean)} nats per token). "
            )
                + (
                    Found.LastOrDefault(r => r.IsBetter && r.Chosen is { IsBelow: false }) is { } gentler
                        ? $"The largest rate that lowers the loss and keeps them is {gentler.Arm.Rate}."
                        : "No rate that lowers the loss keeps them."
                );
        }
        yield return "Longer runs want the same rate or a smaller one.";
    }

    /// <summary>Evaluates short runs, by ascending rate.</summary>
    internal static IReadOnlyList<TriedRate> Judge(IReadOnlyList<Trajectory> arms)
    {
        Trajectory? best = arms.Where(a => a.Diverged is null).MinBy(a => a.Of(PairSet.HeldOut)[^1].Loss);
        return
        [
            .. arms.Select(arm =>
            {
                IReadOnlyList<Measurement> course = arm.Of(PairSet.HeldOut);
                (Measurement start, Measurement end) = (course[0], course[^1]);
                return arm.Diverged is not null
                    ? new TriedRate(arm.Arm, start.Loss, double.NaN, null, null, double.NaN, null) { Rates = arms.Count }
                    : new TriedRate(
                        arm.Arm,
                        start.Loss,
                        end.Loss,
                        PairedDifference.Of(start.Losses, end.Losses),
                        PairedDifference.Of(best!.Of(PairSet.HeldOut)[^1].Losses, end.Losses),
                        end.MeanMargin - start.MeanMargin,
                        PairedDifference.Of([.. start.Pairs.Select(p => p.ChosenMean)], [.. end.Pairs.Select(p => p.ChosenMean)])
                    )
                    {
                        Rates = arms.Count,
                    };
            }),
        ];
    }

    private JsonObject ToJson(string objective, int steps) =>
        new()
        {
            ["objective"] = objective,
            ["steps"] = steps,
            ["recommended"] = Recommended is { } recommended ? recommended.Arm.LearningRate : null,
            ["advice"] = new JsonArray([.. Advice().Select(a => JsonValue.Create(a))]),
            ["rates"] = new JsonArray([
                .. Found.Select(r => new JsonObject
                {
                    ["learning_rate"] = r.Arm.LearningRate,
                    ["diverged"] = r.Diverged,
                    ["loss_before"] = ExperimentJson.Number(r.Start),
                    ["loss_after"] = ExperimentJson.Number(r.End),
                    ["change"] = r.Change is null ? null : ExperimentJson.Of(r.Change),
                    ["change_interval_of_all_rates"] = r.ChangeOfAll is { } corrected ? ExperimentJson.Of(corrected) : null,
                    ["above_best"] = r.AboveBest is null ? null : ExperimentJson.Of(r.AboveBest),
                    ["margin_change"] = ExperimentJson.Number(r.Margin),
                    ["chosen_change"] = r.Chosen is null ? null : ExperimentJson.Of(r.Chosen),
                }),
            ]),
        };

    private Figure LossByRate(string objective, int steps)
    {
        TriedRate[] finite = [.. Found.Where(r => !r.Diverged)];
        double[] x = [.. finite.Select(r => r.Arm.LearningRate)];
        return new Figure
        {
            Title = $"{objective} after {steps} steps",
            XLabel = "learning rate",
            YLabel = "change of the held-out loss",
            LogX = true,
            Curves =
            [
                new Curve("loss, 95 % interval", x, [.. finite.Select(r => r.Change!.Mean)])
                {
                    Points = true,
                    Low = [.. finite.Select(r => r.Change!.Interval.Low)],
                    High = [.. finite.Select(r => r.Change!.Interval.High)],
                },
                new Curve("the start", x, new double[x.Length]) { Dashed = true, Colour = 6 },
            ],
        };
    }

    private Figure LogProbsByRate(int steps)
    {
        TriedRate[] finite = [.. Found.Where(r => !r.Diverged)];
        double[] x = [.. finite.Select(r => r.Arm.LearningRate)];
        return new Figure
        {
            Title = $"Chosen log-prob and margin after {steps} steps",
            XLabel = "learning rate",
            YLabel = "change, nats per token",
            LogX = true,
            Curves =
            [
                new Curve("chosen log-prob", x, [.. finite.Select(r => r.Chosen!.Mean)]) { Points = true },
                new Curve("margin", x, [.. finite.Select(r => r.Margin)]) { Points = true },
            ],
        };
    }
}
