using System.Text.Json.Nodes;
using Simper.Runs;
using Simper.Runs.Guards;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Training;
using static Simper.Tests.Runs.RunCourse;

namespace Simper.Tests.Runs.Guards;

/// <summary>The health of a run's model: what is measured, when it is in trouble, and what is done.</summary>
public sealed class HealthTests : IDisposable
{
    private const StringComparison Ordinal = StringComparison.Ordinal;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // The demo's good rate is 3e-4.
    private Recipe Recipe(HealthResponse health, string output = "run", double rate = 3e-2) =>
        DemoRecipe.In(_folder, rows: 192, heldOut: 24, output: output) with
        {
            LearningRate = rate,
            TrainBatchSize = 8,
            HealthSteps = 3,
            SampleTokens = 24,
            SaveSteps = 100,
            Health = health,
        };

    private static JsonObject[] Checks(string run) => [.. Metrics(run).Where(l => l["health/ppl_chosen"] is not null)];

    [Fact]
    public void A_rate_a_hundred_times_too_high_is_caught_and_rolled_back_until_the_model_is_healthy()
    {
        List<string> said = Run(Recipe(HealthResponse.Rollback));
        string run = _folder["run"];
        JsonNode summary = Summary(run);
        int rollbacks = (int)summary["health"]!["rollbacks"]!;
        Assert.InRange(rollbacks, 2, 4);
        Assert.Equal(Math.Pow(0.25, rollbacks), (double)summary["health"]!["rate_factor"]!, 12);
        Assert.Equal(rollbacks, said.Count(s => s.Contains("weights and moments are those of checkpoint-", Ordinal)));
        Assert.Contains(said, s => s.Contains("weights and moments are those of checkpoint-0 again", Ordinal));

        JsonNode before = summary["before"]!;
        JsonNode after = summary["after"]!;
        Assert.True(
            (double)after["rewards/accuracies"]! >= (double)before["rewards/accuracies"]!,
            $"accuracy {before["rewards/accuracies"]} to {after["rewards/accuracies"]}"
        );
        Assert.True(
            (double)after["ppl/chosen"]! < 1.25 * (double)before["ppl/chosen"]!,
            $"perplexity {before["ppl/chosen"]} to {after["ppl/chosen"]}"
        );
        Assert.Equal("finished", (string?)summary["status"]);
        string page = File.ReadAllText(_folder["run/report.html"]);
        Assert.Contains("Health, step 3: ", page, Ordinal);

        Run(Recipe(HealthResponse.Off, "unwatched"));
        JsonNode harmed = Summary(_folder["unwatched"])["after"]!;
        Assert.True(
            (double)harmed["ppl/chosen"]! > 2 * (double)before["ppl/chosen"]!,
            $"perplexity {harmed["ppl/chosen"]} unwatched"
        );
    }

    [Theory]
    [InlineData(2, true, 0)] // before the first check
    [InlineData(5, false, 0)] // after the first rollback
    [InlineData(3, false, 0)] // in a check
    [InlineData(6, false, 3)] // in a check with an evaluation beside it
    public void A_run_that_goes_on_returns_as_the_unbroken_one(int stop, bool isKilled, int evalSteps)
    {
        Recipe whole = Recipe(HealthResponse.Rollback, "whole") with
        {
            SaveSteps = 2,
            SaveTotalLimit = 1,
            MaxSteps = 8,
            EvalSteps = evalSteps,
        };
        Run(whole);
        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, stop, isKilled);
        Run(Resumed(parts));
        ExpectSame(_folder["whole"], _folder["parts"]);
    }

    [Fact]
    public void A_check_stops_between_two_tokens_of_its_answers()
    {
        using var setup = new RunSetup(Recipe(HealthResponse.Warn));
        using var cancel = new CancellationTokenSource();
        int tokens = 0;
        var probe = new HealthProbe(setup)
        {
            Answering = () =>
            {
                tokens++;
                cancel.Cancel();
            },
        };
        Assert.Throws<OperationCanceledException>(() => probe.Measure(cancel.Token));
        Assert.InRange(tokens, 1, HealthProbe.Canaries); // the first of each answer

        tokens = 0;
        Assert.Throws<OperationCanceledException>(() => probe.Measure(cancel.Token));
        Assert.Equal(0, tokens);
        Assert.True(probe.Measure(CancellationToken.None).Length > 1);
        Assert.True(tokens > HealthProbe.Canaries);
    }

    [Fact]
    public void A_lowered_rate_stays_lowered_and_is_part_of_the_state()
    {
        Recipe whole = Recipe(HealthResponse.LowerRate, "whole") with { SaveSteps = 2, SaveTotalLimit = 1, MaxSteps = 8 };
        List<string> said = Run(whole);
        Assert.Contains(said, s => s.EndsWith("from here on the learning rate is 0.25 times the recipe's", Ordinal));
        string run = _folder["whole"];
        Assert.True((int)Summary(run)["health"]!["troubles"]! > 0);
        Assert.Equal(0, (int)Summary(run)["health"]!["rollbacks"]!);
        RunRates rates = Rates(whole);
        double[] logged = [.. Metrics(run).Where(l => l["learning_rate"] is not null).Select(l => (double)l["learning_rate"]!)];
        double[] asked = [.. Enumerable.Range(0, 8).Select(step => whole.LearningRate * rates.Curve().FactorAt(step))];
        Assert.Equal(asked[..3], logged[..3]);
        Assert.Equal(asked[3..6].Select(r => r * 0.25), logged[3..6]);

        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, 5, isKilled: true);
        Run(Resumed(parts));
        ExpectSame(run, _folder["parts"]);
    }

    private static RunRates Rates(Recipe recipe)
    {
        using var setup = new RunSetup(recipe);
        return setup.Rates;
    }

    [Fact]
    public void A_healthy_run_is_only_watched()
    {
        Recipe watched = Recipe(HealthResponse.Warn, rate: 3e-4) with { MaxSteps = 8 };
        List<string> said = Run(watched);
        Assert.DoesNotContain(said, s => s.Contains("IN TROUBLE", Ordinal));
        Assert.Equal([0, 3, 6, 8], Checks(_folder["run"]).Select(l => (int)l["step"]!));
        Assert.Equal(0, (int)Summary(_folder["run"])["health"]!["troubles"]!);
        Assert.Null(Summary(_folder["run"])["remarks"]);
        Run(watched with { OutputDir = _folder["plain"], Health = HealthResponse.Off });
        Assert.Equal(Model(_folder["plain"]), Model(_folder["run"]));
        Run(watched with { OutputDir = _folder["returning"], Health = HealthResponse.Rollback });
        Assert.Equal(Model(_folder["plain"]), Model(_folder["returning"]));
    }

    [Fact]
    public void Trouble_that_is_only_to_be_said_is_said()
    {
        List<string> said = Run(Recipe(HealthResponse.Warn) with { MaxSteps = 6 });
        Assert.Contains(
            said,
            s => s.Contains("IN TROUBLE: ", Ordinal) && s.EndsWith("nothing was done about it (health: warn)", Ordinal)
        );
        string remark = (string)Assert.Single(Summary(_folder["run"])["remarks"]!.AsArray())!;
        Assert.StartsWith("health, step 3: ", remark, Ordinal);
        Assert.EndsWith("; so it was at later checks, up to step 6", remark, Ordinal);
        Run(Recipe(HealthResponse.Off, "plain") with { MaxSteps = 6 });
        Assert.Equal(Model(_folder["plain"]), Model(_folder["run"]));
    }

    [Fact]
    public void After_so_many_rollbacks_the_run_ends_with_a_healthy_checkpoint()
    {
        Recipe recipe = Recipe(HealthResponse.Rollback, rate: 1) with
        {
            HealthMaxRollbacks = 1,
            MaxSteps = 8,
            SaveStrategy = SaveStrategy.No,
        };
        DivergedException e = Assert.Throws<DivergedException>(() => Run(recipe));
        Assert.StartsWith("After step 6 and 1 rollback ", e.Message, Ordinal);
        Assert.EndsWith($"The newest checkpoint is {_folder["run/checkpoint-6"]}.", e.Message, Ordinal);
        Assert.Equal("diverged", (string?)Summary(_folder["run"])["status"]);
        Assert.False(Directory.Exists(_folder["run/model"]));

        Run(Resumed(recipe) with { HealthMaxRollbacks = 9 });
        Assert.Equal("finished", (string?)Summary(_folder["run"])["status"]);
    }

    [Fact]
    public void Trouble_after_the_last_step_leaves_the_latest_healthy_model()
    {
        List<string> said = Run(Recipe(HealthResponse.Rollback) with { MaxSteps = 3 });
        Assert.Contains(said, s => s.EndsWith("bit for bit; the run returned to the start (health)", Ordinal));
        Assert.Equal(File.ReadAllBytes(Path.Combine(DemoRecipe.Files, "model", "model.safetensors")), Model(_folder["run"]));
    }

    [Fact]
    public void A_run_whose_healthy_checkpoint_is_gone_is_not_continued()
    {
        Recipe recipe = Recipe(HealthResponse.Rollback) with { SaveSteps = 1 };
        Run(recipe, until: 2, isKilled: true);
        Directory.Delete(_folder["run/checkpoint-0"], recursive: true);
        Assert.Contains(
            "checkpoint-0 is missing: it is the latest healthy one (health: rollback)",
            Assert.Throws<SimperException>(() => Run(Resumed(recipe))).Message,
            Ordinal
        );
    }

    [Fact]
    public void A_text_is_watched_in_place_of_the_prompts()
    {
        File.WriteAllText(_folder["text.txt"], string.Concat(Enumerable.Repeat("The moon is far away. ", 40)));
        Recipe recipe = Recipe(HealthResponse.Warn, rate: 3e-4) with { MaxSteps = 2, HealthText = _folder["text.txt"] };
        Run(recipe);
        Run(recipe with { OutputDir = _folder["prompts"], HealthText = null });
        double Text(string run) => (double)Checks(_folder[run])[0]["health/ppl_text"]!;
        Assert.True(double.IsFinite(Text("run")) && Text("run") > 1);
        Assert.NotEqual(Text("prompts"), Text("run"));
        Assert.Contains(
            "nowhere.txt cannot be read",
            Assert
                .Throws<SimperException>(() =>
                    Run(recipe with { OutputDir = _folder["no"], HealthText = _folder["nowhere.txt"] })
                )
                .Message,
            Ordinal
        );
        File.WriteAllText(_folder["empty.txt"], "");
        Assert.Contains(
            "empty.txt has no two tokens",
            Assert
                .Throws<SimperException>(() => Run(recipe with { OutputDir = _folder["no"], HealthText = _folder["empty.txt"] }))
                .Message,
            Ordinal
        );
        Assert.Contains(
            "health is measured on held-out rows with good answers, and there are none",
            Assert
                .Throws<SimperException>(() =>
                    Run(recipe with { OutputDir = _folder["no"], EvalDatasetName = null, TestSplitSize = 0 })
                )
                .Message,
            Ordinal
        );
        Assert.False(Directory.Exists(_folder["no"]));
    }

    [Theory]
    [InlineData(new int[0], 0)]
    [InlineData(new[] { 1, 2, 3 }, 0)]
    [InlineData(new[] { 1, 2, 3, 4, 5 }, 0)]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1 }, 2 / 3.0)] // of three fours, two came up before
    [InlineData(new[] { 1, 2, 3, 4, 1, 2, 3, 4 }, 0.2)]
    public void Repetition_is_the_share_of_fours_that_came_up_before(int[] ids, double share) =>
        Assert.Equal(share, HealthProbe.Repetition(ids), 12);

    private static readonly HealthFigures Start = new()
    {
        ChosenPerplexity = 5,
        StopChance = 0.8,
        TextPerplexity = 10,
        Repetition = 0.1,
        AtLimit = 0,
        Length = 20,
    };

    [Fact]
    public void Limits_are_where_they_are_said_to_be()
    {
        Assert.Empty(HealthLimits.Of(Start, Start));
        Assert.Empty(
            HealthLimits.Of(
                Start,
                Start with
                {
                    ChosenPerplexity = 9.9,
                    StopChance = 0.41,
                    TextPerplexity = 19.9,
                    Repetition = 0.39,
                    AtLimit = 0.49,
                    Length = 5.1,
                }
            )
        );
        Assert.Empty(
            HealthLimits.Of(Start, Start with { ChosenPerplexity = 1, StopChance = 1, TextPerplexity = 1, Length = 1000 })
        );
        foreach (
            HealthFigures bad in (HealthFigures[])
                [
                    Start with
                    {
                        ChosenPerplexity = 10.1,
                    },
                    Start with
                    {
                        TextPerplexity = 20.1,
                    },
                    Start with
                    {
                        StopChance = 0.39,
                    },
                    Start with
                    {
                        Repetition = 0.41,
                    },
                    Start with
                    {
                        AtLimit = 0.51,
                    },
                    Start with
                    {
                        Length = 4.9,
                    },
                ]
        )
            Assert.InRange(Assert.Single(HealthLimits.Of(Start, bad)).Severity, 1, 1.1);
        Assert.Equal(2, HealthLimits.Of(Start, Start with { ChosenPerplexity = 20 })[0].Severity, 12);
        Assert.Equal(double.PositiveInfinity, HealthLimits.Of(Start, Start with { ChosenPerplexity = double.NaN })[0].Severity);
        Assert.Equal(double.PositiveInfinity, HealthLimits.Of(Start, Start with { Length = 0 })[0].Severity);
        IReadOnlyList<HealthLimits.Trouble> two = HealthLimits.Of(
            Start,
            Start with
            {
                ChosenPerplexity = 11,
                TextPerplexity = 80,
            }
        );
        Assert.Equal(
            ["the perplexity of the text is 80, 10 at the start", "the perplexity of chosen answers is 11, 5 at the start"],
            two.Select(t => t.What)
        );
    }

    [Fact]
    public void A_start_without_a_habit_of_ending_cannot_lose_it()
    {
        HealthFigures start = Start with { StopChance = 0.05 };
        Assert.Empty(HealthLimits.Of(start, start with { StopChance = 0 }));
        HealthFigures none = Start with
        {
            StopChance = double.NaN,
            Length = double.NaN,
            AtLimit = double.NaN,
            Repetition = double.NaN,
        };
        Assert.Empty(HealthLimits.Of(none, none));
        Assert.Equal(2, none.Named().Count());
    }
}
