using System.Text.Json.Nodes;
using Simper.Objectives;
using Simper.Reports;
using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Training;

namespace Simper.Tests.Runs;

/// <summary>What a run promises: nothing is lost, and nothing is said that is not so.</summary>
public sealed class TrainingRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Recipe Recipe(int rows = 12) => DemoRecipe.In(_folder, rows) with { Samples = 1, SampleTokens = 4 };

    private static (List<string> Said, RunSummary? Summary) Run(
        Recipe recipe,
        Action<RunEvent>? seen = null,
        CancellationToken cancel = default
    )
    {
        var said = new List<string>();
        RunSummary? summary = null;
        foreach (RunEvent happened in new TrainingRun(recipe).Events(cancel))
        {
            if (happened is RunEvent.Message message)
                said.Add(message.Text);
            if (happened is RunEvent.Finished finished)
                summary = finished.Summary;
            seen?.Invoke(happened);
        }
        return (said, summary);
    }

    private static string Refusal(Recipe recipe) => Assert.Throws<SimperException>(() => Run(recipe)).Message;

    private JsonNode Summary => JsonNode.Parse(File.ReadAllText(_folder["run/summary.json"]))!;

    private byte[] Weights(string folder) => File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));

    [Fact]
    public void What_cannot_be_written_is_found_out_before_data_and_model_are_read()
    {
        Recipe recipe = Recipe() with { DatasetName = _folder["nowhere.jsonl"] };
        RunFolder.Create(_folder["run"], overwrite: false).Dispose();
        File.WriteAllText(_folder["run/recipe.yaml"], "a: b");
        File.WriteAllText(_folder["run/summary.json"], "{}");
        Assert.Contains("holds a finished run", Refusal(recipe), StringComparison.Ordinal);
        File.WriteAllText(_folder["file"], "");
        Assert.Contains("is a file", Refusal(recipe with { OutputDir = _folder["file"] }), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["mine/model"]);
        File.WriteAllText(_folder["mine/notes.txt"], "");
        Assert.Contains("holds model, which", Refusal(recipe with { OutputDir = _folder["mine"] }), StringComparison.Ordinal);
        Assert.Contains(
            "nowhere.jsonl does not exist",
            Refusal(recipe with { OutputDir = _folder["new"] }),
            StringComparison.Ordinal
        );
        Assert.False(Directory.Exists(_folder["new"]));
    }

    [Fact]
    public void A_model_that_the_disk_cannot_take_is_refused_before_it_is_made()
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(DemoRecipe.Files, "model", "config.json")))!.AsObject();
        (config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]) = (1 << 20, 1 << 22, 1000);
        Directory.CreateDirectory(_folder["huge"]);
        File.WriteAllText(_folder["huge/config.json"], config.ToJsonString());
        Assert.Matches(
            "^About [0-9.]+ GB will be written to .*run, but only ",
            Refusal(Recipe() with { ModelNameOrPath = _folder["huge"], FromScratch = true })
        );
    }

    [Theory]
    [InlineData("dataset")]
    [InlineData("model")]
    public void What_a_run_reads_must_not_lie_where_it_writes(string what)
    {
        Recipe recipe = Recipe() with { OverwriteOutputDir = true };
        Assert.Contains(
            "lies in the output_dir",
            Refusal(
                what == "dataset"
                    ? recipe with
                    {
                        DatasetName = _folder["run/pairs.jsonl"],
                    }
                    : recipe with
                    {
                        ModelNameOrPath = _folder["run"],
                    }
            ),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_disk_that_is_full_after_training_costs_the_page_and_not_the_run()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Directory.CreateDirectory(_folder["run"]);
        string aside = _folder[$"run/report.html.{Environment.ProcessId}.tmp"];
        File.CreateSymbolicLink(aside, "/dev/full");
        (_, RunSummary? summary) = Run(Recipe());
        Assert.Equal(_folder["run/model"], summary!.ModelPath);
        Assert.True(File.Exists(_folder["run/model/model.safetensors"]));
        Assert.Equal("finished", (string?)Summary["status"]);
        string fault = Assert.Single(summary.Unwritten);
        Assert.Contains("report.html", fault, StringComparison.Ordinal);
        Assert.Contains("the disk is full", fault, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["run/report.html"]));
    }

    [Fact]
    public void A_run_without_summary_has_no_page_for_that_reason_and_is_not_said_to_go_on()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Directory.CreateDirectory(_folder["run"]);
        File.CreateSymbolicLink(_folder[$"run/summary.json.{Environment.ProcessId}.tmp"], "/dev/full");
        (_, RunSummary? summary) = Run(Recipe());
        Assert.Equal(
            [
                $"{_folder["run/summary.json"]} could not be written: the disk is full; make room",
                $"{_folder["run/report.html"]} could not be written: it is made of summary.json, which is missing",
            ],
            summary!.Unwritten
        );
    }

    [Fact]
    public void A_disk_that_fills_while_it_trains_costs_the_logs_and_not_the_run()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        (List<string> said, RunSummary? summary) = Run(
            Recipe(),
            happened =>
            {
                foreach (string name in (string[])["metrics.jsonl", "pairs.jsonl", "samples.jsonl"])
                {
                    if (happened is RunEvent.Step { Report.Number: 2 })
                    {
                        File.Delete(_folder[$"run/{name}"]);
                        File.CreateSymbolicLink(_folder[$"run/{name}"], "/dev/full");
                    }
                    else if (happened is RunEvent.Evaluation { When: "after" })
                        File.Delete(_folder[$"run/{name}"]); // the report would read it, and it has no end
                }
            }
        );
        Assert.Contains(
            said,
            s =>
                s.Contains("metrics.jsonl could not be written: the disk is full", StringComparison.Ordinal)
                && s.EndsWith("training goes on.", StringComparison.Ordinal)
        );
        Assert.Contains("trained", said);
        Assert.True(File.Exists(_folder["run/model/model.safetensors"]));
        Assert.Equal(6, (int)Summary["steps"]!);
        Assert.Contains(
            summary!.Unwritten,
            f => f.Contains("pairs.jsonl could not be written: the disk is full", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_model_that_does_not_fit_into_its_place_is_saved_elsewhere()
    {
        (List<string> said, RunSummary? summary) = Run(
            Recipe() with
            {
                MaxSteps = 1,
            },
            happened =>
            {
                if (happened is RunEvent.Step)
                    File.WriteAllText(_folder["run/model"], "in the way");
            }
        );
        try
        {
            Assert.NotEqual(_folder["run/model"], summary!.ModelPath);
            Assert.Contains(said, s => s.EndsWith($"so it is in {summary.ModelPath}", StringComparison.Ordinal));
            Assert.True(File.Exists(Path.Combine(summary.ModelPath, "model.safetensors")));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(summary!.ModelPath)!, recursive: true);
        }
    }

    [Fact]
    public void A_stopped_run_says_at_which_step_wherever_it_is_read()
    {
        using var cancel = new CancellationTokenSource();
        (List<string> said, RunSummary? summary) = Run(
            Recipe(),
            happened =>
            {
                if (happened is RunEvent.Step { Report.Number: 3 })
                    cancel.Cancel();
            },
            cancel.Token
        );
        Assert.Contains("stopped at step 3 of 6; saving what was trained", said);
        Assert.DoesNotContain("trained", said);
        Assert.True(summary!.IsInterrupted);
        Assert.Equal(("interrupted", 3, 6), ((string?)Summary["status"], (int)Summary["steps"]!, (int)Summary["total_steps"]!));
        Assert.NotEqual(Weights(Path.Combine(DemoRecipe.Files, "model")), Weights(_folder["run/model"]));

        string page = File.ReadAllText(_folder["run/report.html"]);
        Assert.Contains("The run was stopped at step 3 of 6", page, StringComparison.Ordinal);
        Assert.Contains("3 of 6 steps", page, StringComparison.Ordinal);
        Assert.Single(RunRecord.Read(_folder["run"]).Warnings);
        foreach (string path in (string[])["run", "run/model"])
            Assert.Equal(
                $"{_folder[path]} is of a run that was stopped at step 3 of 6.",
                RunState.Of(_folder[path])!.Note(_folder[path])
            );
        Assert.Contains(
            "holds a run that was stopped at step 3 of 6; resume_from_checkpoint: true goes on from checkpoint-3",
            Refusal(Recipe()),
            StringComparison.Ordinal
        );
        Recipe next = Recipe() with { ModelNameOrPath = _folder["run"], OutputDir = _folder["next"], MaxSteps = 1 };
        Assert.Contains($"{_folder["run"]} is of a run that was stopped at step 3 of 6.", Run(next).Said);
    }

    [Fact]
    public void A_run_that_is_stopped_before_its_first_step_saves_nothing()
    {
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
            Run(
                Recipe(),
                happened =>
                {
                    if (happened is RunEvent.Evaluation)
                        cancel.Cancel();
                },
                cancel.Token
            )
        );
        Assert.False(Directory.Exists(_folder["run/model"]));
        Assert.Contains(
            "not finished",
            Assert.Throws<SimperException>(() => RunRecord.Read(_folder["run"])).Message,
            StringComparison.Ordinal
        );
        Assert.NotNull(Run(Recipe() with { MaxSteps = 1 }).Summary); // and is in nobody's way
    }

    [Fact]
    public void A_replaced_run_leaves_no_model_that_could_be_taken_for_the_new_one_s()
    {
        Run(Recipe() with { MaxSteps = 2 });
        byte[] first = Weights(_folder["run/model"]);
        Recipe again = Recipe() with { MaxSteps = 2, Seed = 7, OverwriteOutputDir = true };
        Run(
            again,
            happened =>
            {
                if (happened is RunEvent.Step)
                {
                    Assert.False(Directory.Exists(_folder["run/model"]));
                    Assert.Equal(first, Weights(_folder["run/model.replaced"]));
                }
            }
        );
        Assert.False(Directory.Exists(_folder["run/model.replaced"]));
        Assert.NotEqual(first, Weights(_folder["run/model"]));
    }

    [Fact]
    public void A_warm_up_never_covers_the_only_step()
    {
        (List<string> said, _) = Run(Recipe(rows: 2) with { Warmup = 0.1 });
        Assert.Contains("warm-up: 0 of 1 step instead of 1, so that the run reaches its learning rate (warmup_steps)", said);
        Assert.Contains("trained", said);
        Assert.NotEqual(Weights(Path.Combine(DemoRecipe.Files, "model")), Weights(_folder["run/model"]));
        Assert.Equal(3e-4, (double)JsonNode.Parse(File.ReadLines(_folder["run/metrics.jsonl"]).ElementAt(1))!["learning_rate"]!);
    }

    [Fact]
    public void In_the_modes_of_other_trainers_a_run_that_would_learn_nothing_is_refused()
    {
        string refusal = Refusal(Recipe(rows: 2) with { Compatibility = Compatibility.Trl, Objective = new Dpo() });
        Assert.Contains("The warm-up covers the only step", refusal, StringComparison.Ordinal);
        Assert.Contains("--warmup_steps 0", refusal, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
        (List<string> said, _) = Run(
            Recipe(rows: 4) with
            {
                Compatibility = Compatibility.Trl,
                Objective = new Dpo(),
                Warmup = 5,
            }
        );
        Assert.Contains(
            "warm-up: 5 steps cover all 2 of the run, as TRL has it, so it ends below its learning rate (warmup_steps)",
            said
        );
    }

    [Theory]
    [InlineData("no rate")]
    [InlineData("no gradient")]
    [InlineData("too small")]
    public void A_run_whose_weights_did_not_move_never_says_that_it_trained(string why)
    {
        Recipe recipe = Recipe() with { MaxSteps = 2, Warmup = 0 };
        if (why == "no gradient")
        {
            // The hinge is satisfied by every pair.
            File.WriteAllText(
                _folder["plain.jsonl"],
                string.Concat(
                    Enumerable.Repeat(
                        """{"prompt": "Say moon 3 times.", "chosen": "moon moon moon", "rejected": "88 zebra, in letters: """
                            + """capital 7 words are backwards"}"""
                            + "\n",
                        4
                    )
                )
            );
            recipe = recipe with
            {
                DatasetName = _folder["plain.jsonl"],
                Objective = new SlicHf { Margin = 0, Lambda = 0 },
            };
        }
        recipe = why switch
        {
            "no rate" => recipe with { LearningRate = 0 },
            "too small" => recipe with { LearningRate = 1e-30 },
            _ => recipe,
        };
        (List<string> said, RunSummary? summary) = Run(recipe);
        Assert.DoesNotContain("trained", said);
        Assert.Contains(
            said,
            s => s.StartsWith("nothing was learnt: the weights are those of the start, bit for bit; ", StringComparison.Ordinal)
        );
        Assert.Contains(
            why switch
            {
                "no rate" => "the learning rate was 0",
                "no gradient" => "every gradient was 0",
                _ => "too small",
            },
            summary!.Unchanged,
            StringComparison.Ordinal
        );
        Assert.Equal(summary.Unchanged, (string?)Summary["weights_unchanged"]);
        Assert.Contains("Nothing was learnt", File.ReadAllText(_folder["run/report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Held_out_pairs_that_are_too_few_are_said_before_the_first_step() =>
        Assert.Contains(
            Run(Recipe() with { MaxSteps = 1 }).Said,
            s => s.StartsWith("held out: 4 rows are too few for a verdict (10 at least)", StringComparison.Ordinal)
        );

    [Fact]
    public void An_accuracy_of_rewards_that_are_all_equal_is_one_half_where_it_is_shown_and_trl_s_where_it_is_logged()
    {
        Run(Recipe() with { Objective = new Dpo(), MaxSteps = 2 });
        Assert.Equal(0.5, (double)Summary["before"]!["rewards/accuracies"]!);
        Assert.Equal([0.5, 0.5], Summary["before"]!["rewards/accuracies_interval"]!.AsArray().Select(v => (double)v!));
        Assert.Equal(
            0,
            (double)JsonNode.Parse(File.ReadLines(_folder["run/metrics.jsonl"]).First())!["eval_rewards/accuracies"]!
        );
    }

    [Fact]
    public void What_is_left_out_of_the_data_and_what_is_odd_is_said_and_kept()
    {
        Recipe recipe = Recipe();
        string[] rows = File.ReadAllLines(recipe.DatasetName);
        string heldOut = File.ReadLines(recipe.EvalDatasetName!).First();
        File.WriteAllLines(recipe.DatasetName, [.. rows, rows[2], heldOut]);
        (List<string> said, RunSummary? summary) = Run(
            recipe with
            {
                Selection = new SelectionOptions { Dedup = Deduplication.Exact },
            }
        );
        Assert.Contains("train: left out because it repeats an earlier row word for word: 1 (rows 13)", said);
        Assert.Contains(
            said,
            l => l.StartsWith("held out: 1 of 4 rows have a prompt that is trained on as well", StringComparison.Ordinal)
        );
        JsonNode data = Summary["data"]!;
        Assert.Equal(13, (int)data["train"]!["rows"]!);
        Assert.Equal(1, (int)data["train"]!["left_out"]!["it repeats an earlier row word for word"]!);
        Assert.Equal(4, (int)data["held_out"]!["rows"]!);
        Assert.Single(data["held_out"]!["notes"]!.AsArray());
        Assert.NotNull(summary!.Data);
    }
}
