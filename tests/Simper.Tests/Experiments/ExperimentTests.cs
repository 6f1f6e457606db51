using Simper.Experiments;
using Simper.Objectives;
using Simper.Runs;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Runs;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Tests.Experiments;

public sealed class ExperimentTests : IDisposable
{
    private static readonly ExperimentSettings Settings = new() { Every = 2, TrainPairs = 4 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string At(string name) => Path.Combine(_folder.Path, name);

    private Recipe Recipe(string output) =>
        DemoRecipe.In(_folder, rows: 24, heldOut: 8, output) with
        {
            TrainBatchSize = 6,
            MaxSteps = 4,
        };

    private static Arm[] Arms(string objectives, long seed = 42) =>
        [.. ObjectiveArms.ParseList(objectives, "3e-4", new Recipe()).Select(o => new Arm(o.Spec, o.Rates[0], seed))];

    private static List<Trajectory> Run(Recipe recipe, params Arm[] arms)
    {
        using Experiment experiment = Experiment.Open(recipe, Settings);
        return [.. experiment.Run(arms).OfType<ExperimentEvent.ArmFinished>().Select(f => f.Trajectory)];
    }

    [Fact]
    public void Rates_are_tried_behind_a_warm_up_of_a_tenth()
    {
        var test = new RateRangeTest(
            Recipe("tuned") with
            {
                MaxSteps = 10,
            },
            [1e-4, 1e-3],
            new ExperimentSettings { Every = 1, TrainPairs = 0 }
        );
        IReadOnlyList<Measurement>[] courses =
        [
            .. test.Events().OfType<ExperimentEvent.ArmFinished>().Select(f => f.Trajectory.Of(PairSet.HeldOut)),
        ];
        Assert.Equal(2, courses.Length);
        // The first update of a warm-up has rate 0, as in transformers.
        Assert.All(courses, c => Assert.Equal(c[0].ChosenMean, c[1].ChosenMean));
        Assert.All(courses, c => Assert.NotEqual(c[1].ChosenMean, c[2].ChosenMean));
    }

    [Fact]
    public void A_rate_below_the_end_of_the_schedule_is_refused_before_anything_runs()
    {
        Recipe recipe = Recipe("low") with
        {
            Schedule = ScheduleKind.CosineWithMinLr,
            ScheduleOptions = new ScheduleOptions { MinLearningRate = 1e-3 },
        };
        Assert.Contains(
            "min_lr 0.001 is above learning_rate 0.0003",
            Assert.Throws<SimperException>(() => Run(recipe, Arms("simper"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void All_arms_have_the_same_start_pairs_and_steps_also_where_pairs_are_taken_apart()
    {
        List<Trajectory> found = Run(Recipe("out"), Arms("simper,dpo,kto"));
        Assert.All(found, arm => Assert.Equal([0, 2, 4], arm.Of(PairSet.HeldOut).Select(m => m.Step)));
        Assert.All(found, arm => Assert.Equal(8, arm.Of(PairSet.HeldOut)[0].Pairs.Count));
        Assert.All(found, arm => Assert.Equal(4, arm.Of(PairSet.Train)[0].Pairs.Count));
        foreach (Trajectory arm in found.Skip(1))
        {
            foreach (PairSet set in (PairSet[])[PairSet.HeldOut, PairSet.Train])
            {
                foreach ((MeasuredPair first, MeasuredPair other) in found[0].Of(set)[0].Pairs.Zip(arm.Of(set)[0].Pairs))
                {
                    Assert.Equal(
                        (first.Row, first.ChosenTokens, first.RejectedTokens),
                        (other.Row, other.ChosenTokens, other.RejectedTokens)
                    );
                    Assert.Equal(first.ChosenSum, other.ChosenSum, 4); // passes of other sizes round otherwise
                    Assert.Equal(first.RejectedSum, other.RejectedSum, 4);
                }
            }
            Assert.NotEqual(found[0].Of(PairSet.HeldOut)[^1].ChosenMean, arm.Of(PairSet.HeldOut)[^1].ChosenMean);
        }
        // The reference is the start, so rewards that are held to it are 0 there.
        Assert.All(found.Skip(1), arm => Assert.All(arm.Of(PairSet.HeldOut)[0].Pairs, p => Assert.Equal(0, p.ChosenReward, 4)));
    }

    /// <summary>
    /// An arm is the run that `simper train` makes of the same recipe: the same order, budget and schedule, whatever the
    /// objective.
    /// </summary>
    [Theory]
    [InlineData("simper")]
    [InlineData("dpo")]
    public void An_arm_is_the_run_of_its_recipe(string objective)
    {
        Arm arm = Assert.Single(Arms(objective));
        Trajectory found = Assert.Single(Run(Recipe("out"), arm));
        RunSummary run = new TrainingRun(Recipe("run") with { Objective = arm.Spec.Objective })
            .Events()
            .OfType<RunEvent.Finished>()
            .Single()
            .Summary;
        Assert.Equal(run.Before!.ChosenMeanLogProb, found.Of(PairSet.HeldOut)[0].ChosenMean, 6);
        Assert.Equal(run.After!.ChosenMeanLogProb, found.Of(PairSet.HeldOut)[^1].ChosenMean, 5);
        Assert.Equal(
            run.After.RewardMargin,
            found.Of(PairSet.HeldOut)[^1].Pairs.Average(p => p.ChosenReward - p.RejectedReward),
            5
        );
        Assert.Equal(run.After.Loss, found.Of(PairSet.HeldOut)[^1].Loss, 5);
    }

    [Fact]
    public void What_was_broken_off_goes_on_to_the_same_figures()
    {
        Arm[] arms = Arms("simper,dpo");
        List<Trajectory> unbroken = Run(Recipe("whole"), arms);
        using var cancel = new CancellationTokenSource();
        using (Experiment experiment = Experiment.Open(Recipe("broken"), Settings))
        {
            Assert.Throws<OperationCanceledException>(() =>
            {
                foreach (ExperimentEvent happened in experiment.Run(arms, cancel: cancel.Token))
                {
                    if (happened is ExperimentEvent.Progress { Number: 2, Step: 2 })
                        cancel.Cancel();
                }
            });
        }
        Assert.Equal(2, Directory.GetFiles(At("broken/arms")).Length);
        using Experiment again = Experiment.Open(Recipe("broken"), Settings);
        ExperimentEvent.ArmFinished[] finished = [.. again.Run(arms).OfType<ExperimentEvent.ArmFinished>()];
        Assert.Equal([true, false], finished.Select(f => f.Kept));
        foreach ((Trajectory one, Trajectory other) in unbroken.Zip(finished.Select(f => f.Trajectory)))
        {
            Assert.Equal(one.Measurements.Count, other.Measurements.Count);
            Assert.All(one.Measurements.Zip(other.Measurements), m => Assert.Equal(m.First.Pairs, m.Second.Pairs)); // to the bit
        }
    }

    [Fact]
    public void A_folder_of_another_experiment_is_refused_or_replaced_when_asked()
    {
        Arm[] arms = Arms("simper");
        Run(Recipe("out"), arms);
        Recipe other = Recipe("out") with { MaxSteps = 2 };
        string error = Assert.Throws<SimperException>(() => Experiment.Open(other, Settings)).Message;
        Assert.Contains("max_steps", error, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(Run(other with { OverwriteOutputDir = true }, arms)).Measurements[^1].Step);
        using Experiment held = Experiment.Open(other, Settings);
        Assert.Contains(
            "in use",
            Assert.Throws<SimperException>(() => Experiment.Open(other, Settings)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Divergence_is_an_outcome_that_is_kept_too()
    {
        var arm = new Arm(new ObjectiveSpec("falling", new Falling()), 3e-4, 42);
        Recipe recipe = Recipe("out") with { Catalog = ObjectiveCatalog.Standard.With(Falling.Kind), Warmup = 1 };
        foreach (bool kept in (bool[])[false, true])
        {
            using Experiment experiment = Experiment.Open(recipe, Settings);
            ExperimentEvent.ArmFinished finished = Assert.Single(experiment.Run([arm]).OfType<ExperimentEvent.ArmFinished>());
            Assert.Equal(kept, finished.Kept);
            Assert.Contains("not finite", finished.Trajectory.Diverged, StringComparison.Ordinal);
            Assert.True(finished.Trajectory.Of(PairSet.HeldOut)[^1].Step < 4);
        }
    }

    [Fact]
    public void Where_the_baseline_diverged_a_comparison_says_who_stands_for_it()
    {
        Recipe recipe = Recipe("compared") with { Catalog = ObjectiveCatalog.Standard.With(Falling.Kind), Warmup = 1 };
        ObjectiveArms[] objectives =
        [
            new(new ObjectiveSpec("falling", new Falling()), [3e-4]),
            .. ObjectiveArms.ParseList("simper,simpo", "3e-4", recipe),
        ];
        var comparison = new ObjectiveComparison(recipe, objectives, [42], Settings, RateChoice.Loss);
        Assert.NotEmpty(comparison.Events().ToList()); // to the end
        Assert.Null(comparison.Found[0].Chosen);
        Assert.Equal("simper", comparison.AtMatchedMargin!.Objectives[0].Arm.Spec.Text);
        Assert.Contains("Since falling diverged, the matched margin is relative to simper.", comparison.Notes());
    }

    [Fact]
    public void What_else_goes_wrong_in_a_step_is_no_divergence()
    {
        var arm = new Arm(new ObjectiveSpec("refusing", new Refusing()), 3e-4, 42);
        using Experiment experiment = Experiment.Open(
            Recipe("out") with
            {
                Catalog = ObjectiveCatalog.Standard.With(Refusing.Kind),
            },
            Settings with
            {
                Every = 4,
            }
        );
        Assert.Equal("A pair is refused.", Assert.Throws<SimperException>(() => experiment.Run([arm]).ToList()).Message);
    }

    /// <summary>
    /// A loss that refuses pairs as soon as they have moved from the start, for a reason that is not its value.
    /// </summary>
    private sealed record Refusing : Objective
    {
        public static ObjectiveKind<Refusing> Kind { get; } = new(new Refusing());

        public override string Name => "refusing";

        public override bool NeedsReference => true;

        public override PairLoss Evaluate(PairScores scores) =>
            scores.LogRatios.ToArray().Max(Math.Abs) < 0.01
                ? new(-scores.ChosenMean, scores.LogRatios)
                : throw new SimperException("A pair is refused.");
    }

    /// <summary>A loss that is a number at the start and none as soon as an answer has become less likely.</summary>
    private sealed record Falling : Objective
    {
        public static ObjectiveKind<Falling> Kind { get; } = new(new Falling());

        public override string Name => "falling";

        public override bool NeedsReference => true;

        public override PairLoss Evaluate(PairScores scores) =>
            new(((scores.ChosenSum - scores.ReferenceChosenSum) * 1e4 + 1).Log(), scores.LogRatios);
    }
}
