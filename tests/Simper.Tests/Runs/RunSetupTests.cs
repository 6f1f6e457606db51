using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Experiments;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Runs;

/// <summary>A recipe put together: each part once, when it is asked for.</summary>
public sealed class RunSetupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Recipe Recipe() => DemoRecipe.In(_folder, heldOut: 6);

    private static List<RunEvent> Run(Recipe recipe) => [.. new TrainingRun(recipe).Events()];

    [Fact]
    public void Who_wants_rows_alone_needs_no_model()
    {
        using var setup = new RunSetup(Recipe() with { ModelNameOrPath = _folder["nowhere"] });
        Assert.Equal((12, 6), (setup.Rows.Train.Count, setup.Rows.HeldOut!.Count));
        Assert.Throws<SimperException>(() => setup.Policy);
    }

    [Fact]
    public void Parts_are_made_once_and_disposed_of_together()
    {
        Live.ExpectNoneLeft(() =>
        {
            using var setup = new RunSetup(Recipe() with { Objective = new Dpo(), SyncRefModel = true });
            Assert.Same(setup.Policy, setup.Policy);
            Assert.Same(setup.TrainTokens, setup.TrainTokens);
            Assert.Same(setup.Train, setup.Train);
            Assert.Same(setup.Order, setup.Order);
            setup.MakeReference();
            Assert.IsType<ReferenceModel>(setup.Reference);
        });
    }

    [Theory]
    [InlineData(2, 4 + 6)] // two steps of two pairs
    [InlineData(6, 12 + 6)] // an epoch
    [InlineData(9, 12 + 6)] // more than one
    public void A_reference_scores_only_the_rows_that_the_run_visits(int steps, int scored)
    {
        Recipe recipe = Recipe() with { Objective = new Dpo(), MaxSteps = steps };
        using var setup = new RunSetup(recipe);
        setup.MakeReference();
        Assert.Equal(scored, Assert.IsType<ReferenceScores>(setup.Reference).Count);

        using var whole = new RunSetup(recipe);
        whole.HoldTo(whole.Score([.. whole.Train, .. whole.HeldOut!]));
        Assert.Equal(
            whole.MakeTrainer().Steps().Select(s => (s.Loss, s.GradientNorm)),
            setup.MakeTrainer().Steps().Select(s => (s.Loss, s.GradientNorm))
        );
    }

    [Fact]
    public void A_run_is_its_setup_put_to_work()
    {
        Recipe recipe = Recipe() with { Objective = new Dpo(), MaxSteps = 2 };
        List<RunEvent> events = Run(recipe);
        using var setup = new RunSetup(recipe);
        setup.MakeReference();
        Assert.Equal(events.OfType<RunEvent.Evaluation>().First().Metrics.Named(), setup.Evaluate(setup.HeldOut!).Named());
        Assert.Equal(
            events.OfType<RunEvent.Step>().Select(s => (s.Report.Loss, s.Report.GradientNorm)),
            setup.MakeTrainer(setup.PlanMemory()).Steps().Select(s => (s.Loss, s.GradientNorm))
        );
    }

    [Fact]
    public void The_rates_are_known_without_model_of_a_trainer()
    {
        using var setup = new RunSetup(Recipe() with { Warmup = 1, MaxSteps = 4 });
        using LanguageModel model = LanguageModel.Load(Path.Combine(DemoRecipe.Files, "model"));
        Trainer trainer = setup.MakeTrainer();
        Assert.Equal((setup.TotalSteps, setup.Rates), (trainer.TotalSteps, trainer.Rates));
        Assert.Equal(1, setup.Rates.WarmupSteps);
    }

    [Fact]
    public void Passes_that_are_only_scored_obey_max_memory_and_give_the_same_figures()
    {
        Recipe recipe = Recipe() with { Objective = new Dpo() };
        using var free = new RunSetup(recipe) { ForScoring = true };
        _ = free.Policy;
        Assert.Equal(4096, free.TokensPerScoringPass);
        using RunSetup tight = Tightest(recipe);
        using var none = new RunSetup(recipe with { MaxMemory = 2_000_000 });
        Assert.Contains(
            "max_memory is 0.00 GB",
            Assert.Throws<SimperException>(() => none.TokensPerScoringPass).Message,
            StringComparison.Ordinal
        );
        Assert.InRange(tight.TokensPerScoringPass, 1, 4095);
        foreach (RunSetup setup in (RunSetup[])[free, tight])
            setup.HoldTo(setup.Score([.. setup.HeldOut!, .. setup.Train]));
        PreferenceMetrics[] found = [free.Evaluate(free.HeldOut!), tight.Evaluate(tight.HeldOut!)];
        Assert.Equal(found[0].Loss, found[1].Loss, 1e-5);
        Assert.Equal(found[0].ChosenMeanLogProb, found[1].ChosenMeanLogProb, 1e-5);
    }

    // The least that is taken, so that passes have to be small; other tests hold memory meanwhile.
    private static RunSetup Tightest(Recipe recipe)
    {
        for (long more = 50_000_000; ; more += 4_000_000)
        {
            var setup = new RunSetup(recipe with { MaxMemory = ProcessMemory.Now() + more }) { ForScoring = true };
            try
            {
                _ = setup.TokensPerScoringPass;
                return setup;
            }
            catch (SimperException)
            {
                setup.Dispose();
            }
        }
    }

    [Fact]
    public void A_forecast_of_an_objective_with_a_reference_runs_the_trainer_of_the_run()
    {
        RunForecast forecast = RunForecast.Of(
            Recipe() with
            {
                Objective = new Dpo(),
                Compatibility = Compatibility.Trl,
                GradientAccumulationSteps = 2,
                LedgerTrainRows = 5,
                EvalSteps = 2,
            }
        );
        Assert.Equal((12, 3, 12L), (forecast.Pairs, forecast.Steps, forecast.PairsOfRun));
        Assert.Equal(3 * 5, forecast.ScoredForLedger); // before, after step 2, after
        Assert.True(forecast.MeasuredOperationsPerSecond > 0);
    }

    [Fact]
    public void A_run_that_fails_before_its_first_step_leaves_no_folder_and_an_earlier_run_as_it_was()
    {
        Recipe recipe = Recipe() with { MaxSteps = 1 };
        string refusal = Assert.Throws<SimperException>(() => Run(recipe with { MaxMemory = 2_000_000 })).Message;
        Assert.StartsWith("max_memory is", refusal, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
        Run(recipe);
        (string, DateTime)[] before = Files(_folder["run"]);
        foreach (
            Recipe bad in (Recipe[])
                [
                    recipe with
                    {
                        MaxMemory = 2_000_000,
                    },
                    recipe with
                    {
                        DatasetName = _folder["none.jsonl"],
                    },
                    recipe with
                    {
                        MaxLength = 2,
                    },
                ]
        )
            Assert.Throws<SimperException>(() => Run(bad with { OverwriteOutputDir = true }));
        Assert.Equal(before, Files(_folder["run"]));
    }

    private static (string, DateTime)[] Files(string folder) =>
        [
            .. Directory
                .GetFiles(folder, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(f => (f, File.GetLastWriteTimeUtc(f))),
        ];

    [Fact]
    public void A_folder_in_use_is_said_before_data_and_model_are_read()
    {
        Recipe recipe = Recipe() with { ModelNameOrPath = _folder["nowhere"], DatasetName = _folder["nowhere.jsonl"] };
        using (OutputFolder.Take(_folder["run"], FolderKind.Run, 0))
        {
            foreach (
                Action command in (Action[])
                    [
                        () => Run(recipe),
                        () => _ = new EvaluationRun(recipe).Events().ToArray(),
                        () => Experiment.Open(recipe, new ExperimentSettings()).Dispose(),
                        () => AnalysisFolder.Take(recipe.OutputDir).Dispose(),
                    ]
            )
                Assert.Equal(
                    $"{_folder["run"]} is in use by another process; give another output_dir.",
                    Assert.Throws<SimperException>(command).Message
                );
        }
        Assert.False(Directory.Exists(_folder["run"])); // made for the claim, and empty
    }

    [Fact]
    public void An_experiment_or_an_evaluation_that_fails_leaves_no_folder()
    {
        Recipe recipe = Recipe() with { MaxLength = 2 };
        Assert.Throws<SimperException>(() => Experiment.Open(recipe, new ExperimentSettings()));
        Assert.Throws<SimperException>(() => new EvaluationRun(recipe).Events().ToArray());
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public void An_evaluation_gives_the_figures_of_a_run_before_its_first_step()
    {
        Recipe recipe = Recipe() with { MaxSteps = 1 };
        PreferenceMetrics before = Run(recipe).OfType<RunEvent.Evaluation>().First().Metrics;
        RunEvent.Judged judged = new EvaluationRun(
            recipe with
            {
                DatasetName = recipe.EvalDatasetName!,
                OutputDir = _folder["judged"],
            }
        )
            .Events()
            .OfType<RunEvent.Judged>()
            .Single();
        Assert.Equal(before.Loss, (double)judged.Figures["loss"]!, 1e-6);
        Assert.Equal(
            judged.Figures.ToJsonString(),
            JsonNode.Parse(File.ReadAllText(_folder["judged/summary.json"]))!.ToJsonString()
        );
    }

    [Fact]
    public void A_model_made_from_scratch_is_saved_with_all_files_of_its_tokenizer_and_all_its_templates()
    {
        Directory.CreateDirectory(_folder["empty"]);
        foreach (string name in (string[])["config.json", "generation_config.json", "tokenizer.json"])
            _folder.Write($"empty/{name}", File.ReadAllText(Path.Combine(DemoRecipe.Files, "model", name)));
        JsonObject config = JsonNode
            .Parse(File.ReadAllText(Path.Combine(DemoRecipe.Files, "model", "tokenizer_config.json")))!
            .AsObject();
        string template = (string)config["chat_template"]!;
        config["chat_template"] = new JsonArray(
            new JsonObject { ["name"] = "default", ["template"] = template },
            new JsonObject { ["name"] = "tool_use", ["template"] = "tools" + template }
        );
        _folder.Write("empty/tokenizer_config.json", config.ToJsonString());
        string[] others =
        [
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "tokenizer.model",
            "vocab.txt",
            "processor_config.json",
        ];
        foreach (string name in others)
            _folder.Write($"empty/{name}", "{}");
        Run(Recipe() with { ModelNameOrPath = _folder["empty"], FromScratch = true, MaxSteps = 1 });
        foreach (string name in (string[])["tokenizer.json", "tokenizer_config.json", .. others])
            Assert.Equal(File.ReadAllBytes(_folder[$"empty/{name}"]), File.ReadAllBytes(_folder[$"run/model/{name}"]));
        using LanguageModel saved = LanguageModel.Load(_folder["run/model"]);
        Assert.Equal(["default", "tool_use"], saved.Files.TemplateSources.Keys.Order());
    }

    [Theory]
    [InlineData("dtype: bfloat16\n", "bfloat16")]
    [InlineData("\"dtype\": 'float32' # quoted\n", "float32")]
    public void A_model_answers_in_the_number_types_of_its_run(string recipe, string expected)
    {
        foreach (string file in Directory.GetFiles(Path.Combine(DemoRecipe.Files, "model")))
        {
            Directory.CreateDirectory(_folder["run/model"]);
            File.Copy(file, _folder[$"run/model/{Path.GetFileName(file)}"]);
        }
        File.WriteAllText(_folder["run/recipe.yaml"], recipe);
        using LanguageModel model = AnsweringModel.Open(_folder["run"]);
        Assert.Equal(expected, model.Precision.Name);
        using LanguageModel asked = AnsweringModel.Open(_folder["run"], Precision.Float64);
        Assert.Equal("float64", asked.Precision.Name);
    }

    [Fact]
    public void A_model_that_does_not_train_keeps_its_blocks_packed_where_the_recipe_says_so()
    {
        string file = SharedFiles.Path("golden", "gguf", "llama", "stories260K-Q8_0.gguf");
        Recipe recipe = Simper.Runs.Recipe.Read(
            null,
            [("model_name_or_path", file), ("frozen_weights", "packed"), ("dtype", "float32")]
        );
        using var scored = new RunSetup(recipe) { ForScoring = true };
        Assert.Contains(scored.Policy.Weights, w => w is PackedWeight);
        using var trained = new RunSetup(recipe);
        Assert.DoesNotContain(trained.Policy.Weights, w => w is PackedWeight);
        using var usual = new RunSetup(new Recipe { ModelNameOrPath = file }) { ForScoring = true };
        Assert.DoesNotContain(usual.Policy.Weights, w => w is PackedWeight);
        using LanguageModel answering = AnsweringModel.Open(file, Precision.Float32, frozen: FrozenWeights.Packed);
        Assert.Contains(answering.Weights, w => w is PackedWeight);
    }

    [Fact]
    public void The_operators_of_a_run_are_tried_and_leave_no_tensor_behind() => Live.ExpectNoneLeft(OperatorCheck.Run);
}
