using System.Text.Json.Nodes;
using Simper.Objectives;
using Simper.Reports;
using Simper.Runs;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Training;
using static Simper.Tests.Runs.RunCourse;

namespace Simper.Tests.Runs.Guards;

/// <summary>Runs with a step that is not finite, or that leaps: what they do, say, keep, and go on from.</summary>
public sealed class SkippedStepTests : IDisposable
{
    private const StringComparison Ordinal = StringComparison.Ordinal;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>NaN for every pair whose chosen answer is long.</summary>
    private sealed record NoLongAnswers : Objective
    {
        public const int Longest = 60;

        public static ObjectiveKind<NoLongAnswers> Kind { get; } = new(new NoLongAnswers());

        public override string Name => "no_long_answers";

        public override PairLoss Evaluate(PairScores scores) =>
            new(scores.RejectedMean.Exp() - scores.ChosenMean.Exp() + (Longest - scores.ChosenTokens).Log() * 0.0, scores.Means);
    }

    private Recipe Recipe(string output = "run") =>
        DemoRecipe.In(_folder, rows: 16, output: output) with
        {
            Shuffle = false,
            TrainBatchSize = 1,
            SaveSteps = 4,
            SaveTotalLimit = 0,
        };

    private void Spoil(int row, string chosen)
    {
        string[] lines = File.ReadAllLines(_folder["train.jsonl"]);
        JsonObject spoiled = JsonNode.Parse(lines[row - 1])!.AsObject();
        spoiled["chosen"] = chosen;
        spoiled["rejected"] = "no";
        spoiled["prompt"] = "Say it.";
        lines[row - 1] = spoiled.ToJsonString();
        File.WriteAllLines(_folder["train.jsonl"], lines);
    }

    private Recipe NotFinite(string output = "run")
    {
        Recipe recipe = Recipe(output) with
        {
            Objective = new NoLongAnswers(),
            Catalog = ObjectiveCatalog.Standard.With(NoLongAnswers.Kind),
        };
        Spoil(row: 7, string.Join(' ', Enumerable.Repeat("moon", 70)));
        return recipe;
    }

    [Fact]
    public void A_step_that_is_not_finite_ends_the_run_which_says_where_it_was_and_can_go_on()
    {
        Recipe recipe = NotFinite();
        DivergedException e = Assert.Throws<DivergedException>(() => Run(recipe));
        string newest = _folder["run/checkpoint-6"];
        Assert.Equal(
            "The loss of step 7 is not finite (row 7); the step was not applied. Lower learning_rate, or train in float32. The "
                + $"newest checkpoint is {newest}; the same command with --resume --non_finite skip goes on from it past such "
                + "steps.",
            e.Message
        );
        Assert.Equal(["checkpoint-4", "checkpoint-6"], Saved(_folder["run"]));
        JsonNode summary = Summary(_folder["run"]);
        Assert.Equal(("diverged", 6, 16), ((string?)summary["status"], (int)summary["steps"]!, (int)summary["total_steps"]!));
        Assert.Equal("The loss of step 7 is not finite (row 7)", (string?)summary["remarks"]![0]);
        Assert.Null(summary["after"]);
        Assert.False(Directory.Exists(_folder["run/model"]));
        Assert.Contains("The loss of step 7 is not finite (row 7).", RunRecord.Read(_folder["run"]).Warnings);
        Assert.Contains("The loss of step 7 is not finite (row 7).", File.ReadAllText(_folder["run/report.html"]), Ordinal);
        Assert.Equal("a run that diverged after step 6 of 16", RunState.Of(_folder["run"])!.Words);
        Assert.Contains(
            "holds a run that diverged after step 6 of 16; resume_from_checkpoint: true goes on from checkpoint-6",
            Assert.Throws<SimperException>(() => Run(recipe)).Message,
            Ordinal
        );

        Assert.Equal(
            7,
            Assert.Throws<DivergedException>(() => Run(Resumed(recipe))).InnerException is DivergedException { Step: var at }
                ? at
                : 0
        );
        Run(Resumed(recipe) with { NonFinite = NonFiniteRule.Skip });
        Run(NotFinite("whole") with { NonFinite = NonFiniteRule.Skip });
        Assert.Equal(Model(_folder["whole"]), Model(_folder["run"]));
        Assert.Equal("finished", (string?)Summary(_folder["run"])["status"]);
    }

    [Fact]
    public void A_first_step_that_is_not_finite_leaves_no_checkpoint()
    {
        Recipe recipe = NotFinite();
        Spoil(row: 1, string.Join(' ', Enumerable.Repeat("moon", 70)));
        DivergedException e = Assert.Throws<DivergedException>(() => Run(recipe));
        Assert.EndsWith("No checkpoint was written (save_steps).", e.Message, Ordinal);
        Assert.Empty(Saved(_folder["run"]));
        Assert.Equal(0, (int)Summary(_folder["run"])["steps"]!);
    }

    public static TheoryData<string, int, bool> Stops() => new() { { "float32", 9, true }, { "bfloat16", 7, false } };

    [Theory]
    [MemberData(nameof(Stops))]
    public void A_skipped_step_is_counted_said_logged_and_kept(string dtype, int stop, bool isKilled)
    {
        Recipe whole = NotFinite("whole") with
        {
            NonFinite = NonFiniteRule.Skip,
            LoggingSteps = 3,
            Dtype = dtype == "float32" ? Precision.Float32 : Precision.BFloat16,
        };
        List<string> said = Run(whole);
        Assert.Contains("step 7: the loss is not finite (row 7); the step was skipped (1 so far)", said);
        JsonObject[] logged = [.. Metrics(_folder["whole"]).Where(l => l["loss"] is not null)];
        Assert.Equal([0, 0, 1, 1, 1, 1], logged.Select(l => (int)l["skipped_steps"]!)); // of 3, 6, 9, 12, 15, 16
        Assert.All(logged, l => Assert.NotNull(l["grad_norm"]));
        Assert.Equal(1, (int)Summary(_folder["whole"])["skipped_steps"]!["not_finite"]!);
        Assert.Equal("1 step was skipped: loss or gradient was not finite", (string?)Summary(_folder["whole"])["remarks"]![0]);

        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, stop, isKilled);
        Run(Resumed(parts));
        ExpectSame(_folder["whole"], _folder["parts"]);
    }

    [Fact]
    public void A_run_that_only_skips_says_that_it_learnt_nothing_and_why()
    {
        Recipe recipe = NotFinite() with { NonFinite = NonFiniteRule.Skip };
        File.WriteAllLines(_folder["train.jsonl"], Enumerable.Repeat(File.ReadLines(_folder["train.jsonl"]).ElementAt(6), 5));
        List<string> said = Run(recipe);
        Assert.Contains(said, s => s.EndsWith("bit for bit; every step was skipped (non_finite, spikes)", Ordinal));
    }

    [Fact]
    public void A_spike_is_skipped_once_and_a_run_that_goes_on_judges_as_the_unbroken_one()
    {
        Recipe whole = DemoRecipe.In(_folder, rows: 90, output: "whole") with
        {
            Objective = new Sft(),
            Shuffle = false,
            TrainBatchSize = 1,
            LearningRate = 1e-5,
            Spikes = SpikeRule.Skip,
            SaveSteps = 20,
            SaveTotalLimit = 0,
            LoggingSteps = 7,
        };
        Spoil(row: 80, "zqx jvk wfp bgh xqz vkj");
        List<string> said = Run(whole);
        string skipped = Assert.Single(said, s => s.StartsWith("step ", Ordinal));
        Assert.Matches(
            @"^step 80: the loss [0-9.]+ is above [0-9.]+, six standard deviations over the mean of the last 128 steps; the "
                + @"step was skipped \(1 so far\)$",
            skipped
        );
        Assert.Equal(1, (int)Summary(_folder["whole"])["skipped_steps"]!["spikes"]!);

        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, 70, isKilled: true);
        Run(Resumed(parts), 85);
        Run(Resumed(parts));
        ExpectSame(_folder["whole"], _folder["parts"]);
    }
}
