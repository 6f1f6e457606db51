using Simper.Runs;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using static Simper.Tests.Runs.RunCourse;

namespace Simper.Tests.Runs.Guards;

/// <summary>The best checkpoint becomes the model: which it is, that it is kept, and what is said.</summary>
public sealed class BestCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // 8 steps; the loss falls, so that by it the last is best, and the other way round the first.
    private Recipe Recipe(string output = "run", bool greater = true) =>
        DemoRecipe.In(_folder, rows: 16, output: output) with
        {
            EvalSteps = 2,
            SaveSteps = 2,
            LoadBestModelAtEnd = true,
            GreaterIsBetter = greater,
        };

    private static string Refusal(Recipe recipe) => Assert.Throws<SimperException>(() => Run(recipe)).Message;

    [Fact]
    public void The_model_is_the_best_of_the_saved_checkpoints_and_everything_says_so()
    {
        List<string> said = Run(Recipe());
        string run = _folder["run"];
        double[] losses = [.. Metrics(run).Where(l => l["eval_loss"] is not null).Select(l => (double)l["eval_loss"]!)];
        Assert.Equal(5, losses.Length); // before, and after 2, 4, 6 and 8 steps: each state once
        Assert.Equal(losses[1], losses[1..].Max());

        Recipe stopped = Recipe("stopped") with { LoadBestModelAtEnd = false };
        Run(stopped, until: 2);
        Assert.Equal(Model(_folder["stopped"]), Model(run)); // of step 2
        Assert.Equal(losses[1], (double)Summary(run)["after"]!["loss"]!);
        Assert.Equal(
            (2, "eval_loss", losses[1]),
            (
                (int)Summary(run)["best"]!["step"]!,
                (string?)Summary(run)["best"]!["metric"],
                (double)Summary(run)["best"]!["value"]!
            )
        );
        Assert.Equal("finished", (string?)Summary(run)["status"]);
        const string Remark = "the model is that of step 2 of 8, the best of the evaluated checkpoints (eval_loss ";
        Assert.Contains(said, s => s.StartsWith(Remark, StringComparison.Ordinal));
        Assert.StartsWith(Remark, (string?)Summary(run)["remarks"]![0], StringComparison.Ordinal);
        Assert.Contains(
            "The model is that of step 2 of 8",
            File.ReadAllText(_folder["run/report.html"]),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Where_the_last_is_best_the_model_is_the_last()
    {
        Run(Recipe(greater: false));
        Assert.Equal(8, (int)Summary(_folder["run"])["best"]!["step"]!);
        Run(Recipe("plain") with { LoadBestModelAtEnd = false });
        Assert.Equal(Model(_folder["plain"]), Model(_folder["run"]));
    }

    [Theory]
    [InlineData(1, new[] { "checkpoint-2", "checkpoint-8" })] // as in transformers: the best and the last
    [InlineData(2, new[] { "checkpoint-2", "checkpoint-8" })]
    [InlineData(3, new[] { "checkpoint-2", "checkpoint-6", "checkpoint-8" })]
    public void The_best_and_the_last_are_kept_whatever_the_limit(int limit, string[] kept)
    {
        Run(Recipe() with { SaveTotalLimit = limit });
        Assert.Equal(kept, Saved(_folder["run"]));
    }

    [Theory]
    [InlineData(true, 7)]
    [InlineData(false, 7)]
    public void A_run_that_goes_on_chooses_as_the_unbroken_one(bool greater, int stop)
    {
        Recipe whole = Recipe("whole", greater) with { SaveTotalLimit = 1, LoggingSteps = 3 };
        Run(whole);
        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, stop, isKilled: true);
        Run(Resumed(parts));
        ExpectSame(_folder["whole"], _folder["parts"]);
        Assert.Equal(Saved(_folder["whole"]), Saved(_folder["parts"]));
    }

    [Fact]
    public void A_stopped_run_has_the_best_so_far_and_goes_on_from_where_it_was()
    {
        Run(Recipe("whole"));
        Recipe parts = Recipe("parts");
        List<string> said = Run(parts, until: 5);
        Assert.Contains(said, s => s.StartsWith("the model is that of step 2 of 5, the best", StringComparison.Ordinal));
        Assert.Equal("interrupted", (string?)Summary(_folder["parts"])["status"]);
        Assert.Contains(Run(Resumed(parts)), s => s.StartsWith("goes on after step 5 of 8", StringComparison.Ordinal));
        ExpectSame(_folder["whole"], _folder["parts"]);
    }

    [Fact]
    public void Epochs_are_evaluated_as_they_are_saved()
    {
        Run(Recipe() with { EvalSteps = 0, SaveStrategy = SaveStrategy.Epoch, NumTrainEpochs = 2, SaveTotalLimit = 0 });
        Assert.Equal(["checkpoint-8", "checkpoint-16"], Saved(_folder["run"]));
        Assert.Equal(8, (int)Summary(_folder["run"])["best"]!["step"]!);
        Assert.Equal([0, 8, 16], Metrics(_folder["run"]).Where(l => l["eval_loss"] is not null).Select(l => (int)l["step"]!));
    }

    [Fact]
    public void A_best_checkpoint_that_is_damaged_leaves_the_last_steps_model_and_says_so()
    {
        var said = new List<string>();
        foreach (RunEvent happened in new TrainingRun(Recipe()).Events(TestContext.Current.CancellationToken))
        {
            if (happened is RunEvent.Message message)
                said.Add(message.Text);
            if (happened is RunEvent.Step { Report.Number: 8 })
                File.AppendAllText(_folder["run/checkpoint-2/optimizer.safetensors"], "x");
        }
        Assert.Contains(
            said,
            s => s.StartsWith("the best checkpoint, checkpoint-2, cannot be loaded, so", StringComparison.Ordinal)
        );
        Assert.Null(Summary(_folder["run"])["best"]);
        Run(Recipe("plain") with { LoadBestModelAtEnd = false });
        Assert.Equal(Model(_folder["plain"]), Model(_folder["run"]));
    }

    [Fact]
    public void A_run_whose_best_checkpoint_is_gone_is_not_continued()
    {
        Recipe recipe = Recipe();
        Run(recipe, until: 5, isKilled: true);
        Directory.Delete(_folder["run/checkpoint-2"], recursive: true);
        string refusal = Refusal(Resumed(recipe));
        Assert.Contains(
            "checkpoint-2 is missing: it is the best so far (load_best_model_at_end)",
            refusal,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Evaluations_and_checkpoints_have_to_meet()
    {
        Assert.Contains(
            "save_steps (3) has to be a multiple of eval_steps (2)",
            Refusal(Recipe() with { SaveSteps = 3 }),
            Ordinal
        );
        Assert.Contains("and eval_steps is 0", Refusal(Recipe() with { EvalSteps = 0 }), Ordinal);
        Assert.Contains("save_strategy is no", Refusal(Recipe() with { SaveStrategy = SaveStrategy.No }), Ordinal);
        Assert.Contains(
            "and there are none; give eval_dataset_name",
            Refusal(Recipe() with { EvalDatasetName = null, TestSplitSize = 0 }),
            Ordinal
        );
        Assert.Contains(
            "metric_for_best_model is bleu; held-out rows have loss, rewards/chosen",
            Refusal(Recipe() with { MetricForBestModel = "eval_bleu" }),
            Ordinal
        );
        Assert.False(Directory.Exists(_folder["run"]));
        Recipe two = Recipe();
        Run(two, until: 5);
        Assert.Contains("save_steps was 2 and is 4", Refusal(Resumed(two) with { SaveSteps = 4 }), Ordinal);
    }

    private const StringComparison Ordinal = StringComparison.Ordinal;

    [Theory]
    [InlineData("eval_loss", false)]
    [InlineData("loss", false)]
    [InlineData("nll_loss", false)]
    [InlineData("ppl/chosen", false)]
    [InlineData("eval_rewards/accuracies", true)]
    [InlineData("rewards/margins", true)]
    [InlineData("prob/chosen", true)]
    public void Which_way_is_better_is_known_of_the_usual_figures(string metric, bool greater)
    {
        var best = new Simper.Runs.Guards.BestCheckpoint(new Recipe { MetricForBestModel = metric });
        string name = metric.Replace("eval_", "", Ordinal);
        best.Add(1, new Dictionary<string, double> { [name] = double.NaN });
        Assert.Null(best.Score);
        foreach (
            (int step, double value) in ((int, double)[])[(2, 0.5), (4, 0.7), (6, 0.3), (8, 0.7), (10, 0.3), (12, double.NaN)]
        )
            best.Add(step, new Dictionary<string, double> { [name] = value });
        Assert.Equal(greater ? (4, 0.7) : (6, 0.3), (best.Score!.Step, best.Score.Value));
        Assert.Equal("eval_" + name, best.Score.Metric);
    }

    [Fact]
    public void Of_other_figures_it_has_to_be_said()
    {
        Assert.Contains(
            "metric_for_best_model is logps/rejected, and whether more of it is better is not plain; give greater_is_better",
            Refusal(Recipe() with { MetricForBestModel = "logps/rejected", GreaterIsBetter = null }),
            Ordinal
        );
        Run(Recipe() with { MetricForBestModel = "logps/rejected", GreaterIsBetter = false });
        Assert.Equal("eval_logps/rejected", (string?)Summary(_folder["run"])["best"]!["metric"]);
    }
}
