using System.Text.Json.Nodes;
using Simper.Ledgers;
using Simper.Objectives;
using Simper.Runs;
using Simper.Tests.Checkpoints;
using Simper.Tests.Runs;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Ledgers;

/// <summary>What runs write into their ledgers.</summary>
public sealed class RunLedgerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Run => _folder["run"];

    private Recipe Recipe(params (string Key, string Value)[] keys) =>
        DemoRecipe.In(_folder, rows: 14, heldOut: 6) is var demo
            ? Simper.Runs.Recipe.Read(
                null,
                [
                    ("model_name_or_path", demo.ModelNameOrPath),
                    ("dataset_name", demo.DatasetName),
                    ("eval_dataset_name", demo.EvalDatasetName!),
                    ("output_dir", demo.OutputDir),
                    ("dtype", "float32"),
                    ("learning_rate", "1e-3"),
                    ("per_device_train_batch_size", "2"),
                    ("num_train_epochs", "2"),
                    ("save_strategy", "no"),
                    ("samples", "0"),
                    .. keys,
                ]
            )
            : throw new InvalidOperationException();

    private static void ExpectSameBits(double expected, double found, string name) =>
        Assert.True(
            (double.IsNaN(expected) && double.IsNaN(found))
                || BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(found),
            $"{name}: {expected:R} logged, {found:R} from the ledger"
        );

    public static TheoryData<string> Objectives() => [.. ObjectiveCatalog.Standard.Kinds.Select(k => k.Name)];

    [Theory]
    [MemberData(nameof(Objectives))]
    public void Its_averages_are_the_logged_metrics_to_the_bit(string loss)
    {
        RunCourse.Run(Recipe(("loss_type", loss), ("eval_steps", "2"), ("max_steps", "4"), ("max_length", "30")));
        ExpectLogged(evaluations: 3);
    }

    [Theory]
    [InlineData("trl")]
    [InlineData("trl-cpo")]
    [InlineData("simper-reference")]
    public void They_are_where_other_trainers_are_followed(string mode)
    {
        RunCourse.Run(
            Recipe(
                ("compatibility", mode),
                (
                    "loss_type",
                    mode == "trl-cpo" ? "simpo"
                    : mode == "trl" ? "dpo"
                    : "simper"
                ),
                ("gradient_accumulation_steps", "2"),
                ("per_device_eval_batch_size", "4"),
                ("max_steps", "3")
            )
        );
        ExpectLogged(evaluations: 2);
    }

    // Every evaluation; and every step that was logged by itself, as its own metrics.
    private void ExpectLogged(int evaluations)
    {
        JsonObject[] lines = [.. File.ReadLines(Path.Combine(Run, "metrics.jsonl")).Select(l => JsonNode.Parse(l)!.AsObject())];
        Ledger ledger = Ledger.Open(Run);
        JsonObject[] evaluated = [.. lines.Where(l => l.ContainsKey("eval_loss"))];
        Assert.Equal(evaluations, evaluated.Length);
        var found = ledger.Evaluations().ToArray();
        Assert.Equal(evaluated.Select(l => (int)l["step"]!), found.Select(f => f.Step));
        foreach ((JsonObject line, PreferenceMetrics metrics) in evaluated.Zip(found.Select(f => f.Metrics)))
        {
            IReadOnlyDictionary<string, double> named = metrics.Named();
            string[] logged = [.. line.Select(p => p.Key).Where(k => k.StartsWith("eval_", StringComparison.Ordinal))];
            Assert.Equal(logged, named.Keys.Select(k => "eval_" + k));
            foreach (string name in logged)
                ExpectSameBits(line[name] is { } value ? (double)value : double.NaN, named[name["eval_".Length..]], name);
        }
        bool means = found[0].Metrics.ReportsMeanLogProbs;
        Assert.All(found, f => Assert.Equal(means, f.Metrics.ReportsMeanLogProbs));
        ILookup<int, PairOutcome> steps = ledger
            .Rows()
            .Where(r => r.Phase == LedgerPhase.Training)
            .ToLookup(r => r.Step, r => r.Outcome);
        foreach (JsonObject line in lines.Where(l => l.ContainsKey("grad_norm")))
        {
            foreach ((string name, double value) in PreferenceMetrics.Of([.. steps[(int)line["step"]!]], means).Named())
                ExpectSameBits(line[name] is { } logged ? (double)logged : double.NaN, value, name);
        }
    }

    [Fact]
    public void Every_use_of_a_training_pair_is_there_with_its_row_its_place_and_what_was_cut()
    {
        RunCourse.Run(Recipe(("max_length", "24"), ("eval_steps", "5")));
        LedgerRow[] trained = [.. Ledger.Open(Run).Rows().Where(r => r.Split == LedgerSplit.Train)];
        Assert.Equal(28, trained.Length);
        Assert.All(trained, r => Assert.Equal(LedgerPhase.Training, r.Phase));
        Assert.Equal(Enumerable.Range(1, 14), trained.Select(r => r.Step).Distinct());
        Assert.Equal([1 / 7.0, 2], (double[])[trained[0].Epoch, trained[^1].Epoch]);
        using var setup = new RunSetup(Recipe(("max_length", "24")));
        Assert.Contains(setup.Train, g => g.Answers.Any(a => a.WasCut));
        foreach (LedgerRow row in trained)
        {
            Assert.Equal(setup.Train[row.Outcome.Place].Row, row.Outcome.Row);
            Assert.Equal(setup.Train[row.Outcome.Place].Answers[0].WasCut, row.Outcome.ChosenWasCut);
            Assert.Equal(setup.Train[row.Outcome.Place].Answers[1].WasCut, row.Outcome.RejectedWasCut);
        }
        Assert.All(
            trained.GroupBy(r => r.Outcome.Place),
            uses => Assert.Equal([1, 2], uses.Select(r => (int)Math.Ceiling(r.Epoch)))
        );
    }

    [Fact]
    public void Training_pairs_are_scored_at_evaluations_where_that_is_asked_for_and_nothing_else_changes()
    {
        RunCourse.Run(Recipe(("eval_steps", "5"), ("loss_type", "dpo")));
        byte[] model = RunCourse.Model(Run);
        string[] metrics = [.. RunCourse.Metrics(Run).Select(l => l.ToJsonString())];
        foreach (int rows in (int[])[4, 14, 100])
        {
            RunCourse.Run(
                Recipe(
                    ("eval_steps", "5"),
                    ("loss_type", "dpo"),
                    ("ledger_train_rows", $"{rows}"),
                    ("overwrite_output_dir", "true")
                )
            );
            Assert.Equal(model, RunCourse.Model(Run));
            Assert.Equal(metrics, RunCourse.Metrics(Run).Select(l => l.ToJsonString()));
            LedgerRow[] scored =
            [
                .. Ledger.Open(Run).Rows().Where(r => r is { Split: LedgerSplit.Train, Phase: not LedgerPhase.Training }),
            ];
            Assert.Equal([0, 5, 10, 14], scored.Select(r => r.Step).Distinct());
            Assert.All(
                scored.GroupBy(r => r.Step),
                at =>
                {
                    Assert.Equal(Math.Min(rows, 14), at.Count());
                    Assert.Equal(at.Select(r => r.Outcome.Place).Order(), at.Select(r => r.Outcome.Place));
                }
            );
            Assert.Single(scored.GroupBy(r => r.Step).Select(at => string.Join(' ', at.Select(r => r.Outcome.Place))).Distinct());
        }
    }

    [Theory]
    [InlineData("all", 2, 1)]
    [InlineData("held_out", 2, 0)]
    [InlineData("no", 0, 0)]
    public void The_recipe_says_what_is_recorded(string scope, int evaluations, int trained)
    {
        RunCourse.Run(Recipe(("ledger", scope), ("max_steps", "2")));
        IReadOnlyList<LedgerPart> parts = LedgerPart.In(Run);
        Assert.Equal(evaluations, parts.Count(p => p.Phase != LedgerPhase.Training));
        Assert.Equal(trained, parts.Count(p => p.Phase == LedgerPhase.Training));
        if (scope == "no")
            Assert.Contains(
                "has no ledger: its recipe has ledger: no",
                Assert.Throws<SimperException>(() => Ledger.Open(Run)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void A_run_that_holds_nothing_out_records_its_steps()
    {
        RunCourse.Run(Recipe(("test_split_size", "0"), ("max_steps", "3")) with { EvalDatasetName = null });
        Assert.Equal(["train-00000001-00000003.parquet"], LedgerPart.In(Run).Select(p => p.Name));
        Assert.Empty(Ledger.Open(Run).Evaluations());
        Assert.Equal(6, Ledger.Open(Run).Rows().Count());
    }

    [Fact]
    public void A_run_that_is_stopped_has_what_it_saw_and_a_new_one_begins_anew()
    {
        RunCourse.Run(Recipe(), until: 3);
        Assert.Equal(
            ["eval-00000000-before.parquet", "train-00000001-00000003.parquet", "eval-00000003-after.parquet"],
            LedgerPart.In(Run).Select(p => p.Name)
        );
        RunCourse.Run(Recipe(("overwrite_output_dir", "true"), ("max_steps", "1")));
        Assert.Equal(
            ["eval-00000000-before.parquet", "train-00000001-00000001.parquet", "eval-00000001-after.parquet"],
            LedgerPart.In(Run).Select(p => p.Name)
        );
    }

    [Fact]
    public void The_best_checkpoints_evaluation_is_that_of_its_step()
    {
        RunCourse.Run(
            Recipe(
                ("load_best_model_at_end", "true"),
                ("metric_for_best_model", "eval_rewards/margins"),
                ("greater_is_better", "false"),
                ("save_strategy", "steps"),
                ("save_steps", "2"),
                ("eval_steps", "2"),
                ("max_steps", "6")
            )
        );
        var found = Ledger.Open(Run).Evaluations().ToArray();
        Assert.Equal(LedgerPhase.After, found[^1].Phase);
        int best = (int)RunCourse.Summary(Run)["best"]!["step"]!;
        Assert.Equal(best, found[^1].Step);
        PreferenceMetrics then = found.Single(f => f.Phase == LedgerPhase.Between && f.Step == best).Metrics;
        foreach ((string name, double value) in then.Named())
            ExpectSameBits(value, found[^1].Metrics.Named()[name], name);
    }

    [Fact]
    public void Where_it_cannot_be_written_the_run_goes_on_and_says_so()
    {
        RunSummary? summary = null;
        foreach (RunEvent happened in new TrainingRun(Recipe(("eval_steps", "2"), ("max_steps", "6"))).Events())
        {
            if (happened is RunEvent.Step { Report.Number: 3 }) // from here on a file has the folder's name
            {
                Directory.Delete(Path.Combine(Run, LedgerPart.Folder), recursive: true);
                File.WriteAllText(Path.Combine(Run, LedgerPart.Folder), "");
            }
            if (happened is RunEvent.Finished finished)
                summary = finished.Summary;
        }
        Assert.Equal(6, summary!.Steps);
        Assert.Contains("ledger could not be written", Assert.Single(summary.Unwritten), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_reader_reads_the_same_values()
    {
        RunCourse.Run(Recipe(("loss_type", "kto"), ("max_steps", "2"), ("max_length", "26")));
        foreach (LedgerPart part in LedgerPart.In(Run))
        {
            string path = Path.Combine(Run, LedgerPart.Folder, part.Name);
            using LedgerFile file = LedgerFile.Open(path);
            // The reader of data files is not Parquet.Net's.
            JsonObject[] read = [.. DataRows(path)];
            LedgerRow[] rows = [.. file.Rows()];
            Assert.Equal(rows.Length, read.Length);
            foreach ((LedgerRow row, JsonObject json) in rows.Zip(read))
            {
                PairOutcome o = row.Outcome;
                void Same(string column, double value) =>
                    ExpectSameBits(value, json[column] is { } number ? (double)number : double.NaN, column);
                Assert.Equal((row.Step, o.Place, o.Row), ((int)json["step"]!, (int)json["pair"]!, (int)json["file_row"]!));
                Assert.Equal(
                    (LedgerNames.Of(row.Split), LedgerNames.Of(row.Phase)),
                    ((string)json["split"]!, (string)json["phase"]!)
                );
                Same("loss", o.Loss);
                Same("kl", o.Figures.Single().Value);
                Same("margin", o.Margin);
                Same("chosen_sum_log_prob", o.ChosenSum);
                Same("chosen_mean_log_prob", o.ChosenMean);
                Same("chosen_perplexity", Math.Exp(-o.ChosenMean));
                Same("chosen_gradient", o.ChosenGradient);
                Same("rejected_reward", o.RejectedReward);
                Assert.Equal(o.RejectedTokens > 0 ? o.RejectedTokens : null, (int?)json["rejected_tokens"]);
                Assert.Equal(o.ChosenTokens > 0 ? o.ChosenWasCut : null, (bool?)json["chosen_was_cut"]);
            }
        }
    }

    // Its types are internal, and some of their names are the library's too.
    private static IEnumerable<JsonObject> DataRows(string path)
    {
        Type reader = typeof(PreferenceDataset).Assembly.GetType("Simper.Text.Preferences.RowReader", throwOnError: true)!;
        var rows = (System.Collections.IEnumerable)reader.GetMethod("Read", [typeof(string)])!.Invoke(null, [path])!;
        foreach (object row in rows)
            yield return JsonNode.Parse((byte[])row.GetType().GetProperty("Utf8")!.GetValue(row)!)!.AsObject();
    }

    [Theory]
    [InlineData("simper", true)]
    [InlineData("simper", false)]
    [InlineData("kto", false)]
    public void Ranked_answers_and_single_ones_are_recorded_too(string loss, bool areRanked)
    {
        string[] rows =
        [
            .. Enumerable
                .Range(0, 8)
                .Select(i =>
                    areRanked
                        ? $$"""{"prompt": "Say {{i}}.", "responses": ["{{i}} {{i}}", "{{i}}", "no"], "scores": [3, 2, 1]}"""
                        : $$"""{"prompt": "Say {{i}}.", "completion": "{{i}}", "label": {{i % 2}}}"""
                ),
        ];
        Recipe recipe = Recipe(("loss_type", loss), ("eval_steps", "2"), ("ledger_train_rows", "8"));
        File.WriteAllLines(recipe.DatasetName, rows);
        File.WriteAllLines(recipe.EvalDatasetName!, rows);
        RunCourse.Run(recipe);
        ExpectLogged(evaluations: 5);
        PairCourses courses = PairCourses.Of(Ledger.Open(Run));
        Assert.Equal(
            (8, 8),
            (
                courses.All.Count(c => c.Pair.Split == LedgerSplit.Train),
                courses.All.Count(c => c.Pair.Split == LedgerSplit.HeldOut)
            )
        );
        Assert.All(courses.All, c => Assert.False(double.IsNaN(c.Agreement)));
        LedgerRow first = Ledger.Open(Run).Rows().First();
        Assert.All(
            Ledger.Open(Run).Rows().Select(r => r.Outcome),
            o =>
            {
                Assert.Equal(o.ChosenTokens > 0 ? 1 : double.NaN, o.ChosenWeight);
                Assert.Equal(o.RejectedTokens > 0 ? -1 : double.NaN, o.RejectedWeight);
            }
        );
        Assert.Equal(areRanked, first.Outcome is { ChosenTokens: > 0, RejectedTokens: > 0 });
    }

    [Fact]
    public void Many_pairs_between_two_evaluations_become_several_files_that_follow_each_other()
    {
        Directory.CreateDirectory(Run);
        var ledger = new RunLedger(Run);
        PreferenceMetrics metrics = PreferenceMetrics.Of(
            [.. Enumerable.Range(0, 6000).Select(i => new PairOutcome(i + 1, i, 1, -1, -2, -3, -4, 3, 2) { Place = i })],
            reportsMeanLogProbs: true
        );
        for (int step = 1; step <= 7; step++)
            ledger.Add(
                new StepReport
                {
                    Number = step,
                    TotalSteps = 7,
                    Epoch = step,
                    LearningRate = 0,
                    GradientNorm = 0,
                    Metrics = metrics,
                    Tokens = 0,
                    Elapsed = TimeSpan.Zero,
                }
            );
        ledger.Settle();
        Assert.Equal([(1, 3), (4, 6), (7, 7)], LedgerPart.In(Run).Select(p => (p.FirstStep, p.LastStep)));
        Assert.Equal(
            Enumerable.Range(1, 7).SelectMany(s => Enumerable.Range(0, 6000).Select(i => (s, i))),
            Ledger.Open(Run).Rows().Select(r => (r.Step, r.Outcome.Place))
        );
        string unfinished = Path.Combine(Run, LedgerPart.Folder, "eval-00000009.parquet.123.tmp");
        File.WriteAllText(unfinished, "");
        File.WriteAllText(Path.Combine(Run, LedgerPart.Folder, "notes.txt"), "");
        RunLedger.RemoveBehind(Run, 6);
        Assert.False(File.Exists(unfinished));
        Assert.True(File.Exists(Path.Combine(Run, LedgerPart.Folder, "notes.txt")));
        Assert.Equal(6, LedgerPart.In(Run)[^1].LastStep);
    }

    [Fact]
    public void Folders_that_hold_none_are_named()
    {
        Assert.EndsWith(
            "is no folder; give the output_dir of a run.",
            Assert.Throws<SimperException>(() => Ledger.Open(_folder["nowhere"])).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is not the folder of a run",
            Assert.Throws<SimperException>(() => Ledger.Open(_folder.Path)).Message,
            StringComparison.Ordinal
        );
    }
}
