using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Runs;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using static Simper.Tests.Runs.RunCourse;

namespace Simper.Tests.Runs.Resuming;

/// <summary>A run that was stopped and goes on is, bit for bit, the run that was not stopped.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Recipe Recipe(string output, string loss = "simper", int rows = 14) =>
        Simper.Runs.Recipe.Read(null, [("loss_type", loss)]) is var read
            ? DemoRecipe.In(_folder, rows, output: output) with
            {
                Objective = read.Objective,
                NumTrainEpochs = 2,
                SaveSteps = 2,
                SaveTotalLimit = 0,
                TrainBatchSize = 2,
                GradientAccumulationSteps = 1,
            }
            : throw new InvalidOperationException();

    private void ExpectSame(string run, string other) => RunCourse.ExpectSame(_folder[run], _folder[other]);

    public static TheoryData<string, string, int, bool> Stops()
    {
        var stops = new TheoryData<string, string, int, bool>();
        foreach (string loss in (string[])["simper", "dpo", "kto"])
        {
            foreach (string dtype in (string[])["float32", "bfloat16"])
            {
                stops.Add(loss, dtype, 5, false);
                stops.Add(loss, dtype, 9, true); // in the second epoch, one step behind a checkpoint
            }
        }
        stops.Add("simper", "float32", 4, false); // the evaluation behind this step is stopped
        stops.Add("dpo", "bfloat16", 8, false);
        stops.Add("simper", "bfloat16", 14, false); // the one behind the last
        return stops;
    }

    [Theory]
    [MemberData(nameof(Stops))]
    public void Goes_on_to_the_same_bits_and_the_same_logs(string loss, string dtype, int stop, bool isKilled)
    {
        Recipe whole = Recipe("whole", loss) with
        {
            Dtype = dtype == "float32" ? Precision.Float32 : Precision.BFloat16,
            LoggingSteps = 3,
            EvalSteps = 4,
        };
        Run(whole);
        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, stop, isKilled);
        Assert.Contains(Run(Resumed(parts)), s => s.StartsWith("goes on after step ", StringComparison.Ordinal));
        ExpectSame("whole", "parts");
    }

    [Fact]
    public void An_evaluation_that_is_stopped_twice_is_made_once()
    {
        Recipe whole = Recipe("whole") with { EvalSteps = 4, Samples = 2, SampleTokens = 4, LoggingSteps = 3 };
        Run(whole);
        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, 4);
        Assert.Single(Directory.GetDirectories(_folder["parts"], "checkpoint-4"));
        Assert.Contains(
            "\"evaluation_is_missing\": true",
            File.ReadAllText(_folder["parts/checkpoint-4/position.json"]),
            StringComparison.Ordinal
        );
        Assert.Throws<OperationCanceledException>(() =>
            StopWhere(
                Resumed(parts),
                happened =>
                    happened is RunEvent.Message { Text: var text }
                    && text.StartsWith("goes on after step 4", StringComparison.Ordinal)
            )
        );
        Run(Resumed(parts), 14);
        Assert.Single(Directory.GetDirectories(_folder["parts"], "checkpoint-14"));
        Assert.False(File.Exists(_folder["parts/summary.json"]));
        Assert.Equal(Model(_folder["whole"]), Model(_folder["parts"])); // before the evaluation is made
        Assert.Contains(
            "holds a run that saved its model and did not come to its end; resume_from_checkpoint: true goes on",
            Assert.Throws<SimperException>(() => Run(parts)).Message,
            StringComparison.Ordinal
        );
        List<string> said = StopWhere(Resumed(parts), happened => happened is RunEvent.Message { Text: "trained" });
        Assert.EndsWith("resume_from_checkpoint: true makes the evaluation", said[^1], StringComparison.Ordinal);
        Run(Resumed(parts));
        ExpectSame("whole", "parts");
        Assert.Equal(File.ReadAllText(_folder["whole/samples.jsonl"]), File.ReadAllText(_folder["parts/samples.jsonl"]));
    }

    private static List<string> StopWhere(Recipe recipe, Func<RunEvent, bool> stops)
    {
        var said = new List<string>();
        using var cancel = new CancellationTokenSource();
        foreach (RunEvent happened in new TrainingRun(recipe).Events(cancel.Token))
        {
            if (happened is RunEvent.Message message)
                said.Add(message.Text);
            if (stops(happened))
                cancel.Cancel();
        }
        return said;
    }

    [Fact]
    public void Without_checkpoints_the_model_of_a_run_whose_evaluation_is_stopped_is_saved()
    {
        Recipe recipe = Recipe("run") with { SaveStrategy = SaveStrategy.No };
        List<string> said = Run(recipe, 14);
        Assert.EndsWith("simper evaluate scores its model", said[^1], StringComparison.Ordinal);
        Assert.NotEmpty(Model(_folder["run"]));
        Assert.Empty(Directory.GetDirectories(_folder["run"], "checkpoint-*"));
    }

    [Fact]
    public void A_reference_that_follows_the_policy_goes_on_where_it_was()
    {
        Recipe whole = Recipe("whole", "dpo") with { SyncRefModel = true, RefModelSyncSteps = 3 };
        Run(whole);
        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, 7);
        Run(Resumed(parts), 11, isKilled: true);
        Run(Resumed(parts));
        ExpectSame("whole", "parts");
    }

    [Theory]
    [InlineData("dropout", "bfloat16", 5)]
    [InlineData("dora", "float32", 9)]
    [InlineData("pissa", "bfloat16", 7)]
    [InlineData("head", "float32", 3)]
    public void An_adapter_goes_on_to_the_same_bits(string kind, string dtype, int stop)
    {
        AdapterConfig adapter = kind switch
        {
            "dropout" => new()
            {
                Rank = 4,
                TargetModules = ModuleNames.Matching("all-linear"),
                Dropout = 0.2,
            },
            "dora" => new()
            {
                Rank = 2,
                UseDora = true,
                Dropout = 0.2,
            },
            "pissa" => new() { Rank = 2, Start = AdapterStart.Pissa },
            _ => new()
            {
                Rank = 2,
                ModulesToSave = ["lm_head"],
                UseRsLora = true,
            },
        };
        Recipe whole = Recipe("whole", "dpo") with
        {
            Dtype = dtype == "float32" ? Precision.Float32 : Precision.BFloat16,
            UsePeft = true,
            Lora = adapter,
            LoraPlusRatio = 4,
            EvalSteps = 4,
        };
        Run(whole);
        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, stop);
        Run(Resumed(parts), stop + 3, isKilled: true);
        Run(Resumed(parts));
        ExpectSame("whole", "parts");
    }

    [Fact]
    public void A_checkpoint_of_an_adapter_is_an_adapter_and_knows_its_model()
    {
        Recipe recipe = Recipe("run") with { UsePeft = true, SaveSteps = 4 };
        Run(recipe, 5);
        string checkpoint = _folder["run/checkpoint-4"];
        Assert.True(File.Exists(Path.Combine(checkpoint, "adapter_model.safetensors")));
        Assert.False(File.Exists(Path.Combine(checkpoint, "model.safetensors")));
        using (LanguageModel answering = AnsweringModel.Open(checkpoint, Precision.Float32))
            Assert.NotNull(answering.Adapter);
        // the same model with one weight changed
        string other = _folder["other"];
        Directory.CreateDirectory(other);
        foreach (string file in Directory.GetFiles(recipe.ModelNameOrPath))
            File.Copy(file, Path.Combine(other, Path.GetFileName(file)));
        string weights = Directory.GetFiles(other, "*.safetensors")[0];
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^2] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Contains(
            "was trained on another model",
            Assert.Throws<SimperException>(() => LanguageModel.Load(checkpoint, basePath: other)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is of another run",
            Assert.Throws<SimperException>(() => Run(Resumed(recipe with { ModelNameOrPath = other }))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_run_that_is_stopped_again_and_again_is_the_same()
    {
        Recipe whole = Recipe("whole") with { Dtype = Precision.BFloat16, GradientAccumulationSteps = 2, SaveSteps = 1 };
        Run(whole);
        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, 1);
        for (int step = 2; step < 8; step++)
            Run(Resumed(parts), step, isKilled: step % 2 == 0);
        Run(Resumed(parts));
        ExpectSame("whole", "parts");
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public void A_checkpoint_is_a_model(string dtype)
    {
        Precision precision = dtype == "float32" ? Precision.Float32 : Precision.BFloat16;
        Run(Recipe("run") with { Dtype = precision }, 4); // saves the model of step 4, and its checkpoint
        using LanguageModel checkpoint = LanguageModel.Load(_folder["run/checkpoint-4"], precision);
        checkpoint.Save(_folder["copy"]);
        Assert.Equal(Model(_folder["run"]), File.ReadAllBytes(_folder["copy/model.safetensors"]));
        using LanguageModel whole = AnsweringModel.Open(_folder["run/checkpoint-4"], Precision.Float32);
        Assert.NotNull(whole.Files.TokenizerJson);
    }

    [Fact]
    public void A_damaged_checkpoint_is_named_and_an_older_one_taken()
    {
        Recipe whole = Recipe("whole");
        Run(whole);
        Recipe parts = whole with { OutputDir = _folder["parts"] };
        Run(parts, 7, isKilled: true);
        string state = _folder["parts/checkpoint-6/optimizer.safetensors"];
        byte[] bytes = File.ReadAllBytes(state);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(state, bytes);
        Recipe named = parts with { ResumeFromCheckpoint = _folder["parts/checkpoint-6"] };
        Assert.Contains("is damaged", Assert.Throws<SimperException>(() => Run(named)).Message, StringComparison.Ordinal);
        List<string> said = Run(Resumed(parts));
        Assert.Contains(said, s => s.EndsWith("an older checkpoint is tried", StringComparison.Ordinal));
        Assert.Contains(said, s => s.StartsWith("goes on after step 4 of 14", StringComparison.Ordinal));
        ExpectSame("whole", "parts");
    }

    [Fact]
    public void What_is_another_run_is_refused_with_what_differs()
    {
        Recipe recipe = Recipe("run");
        Run(recipe, 5);
        string[] before = RunCourse.Files(_folder["run"]);
        Refused(recipe with { LearningRate = 1e-5, Seed = 7 }, "learning_rate was 0.0003 and is 1E-05; seed was 42 and is 7");
        Refused(recipe with { Dtype = Precision.BFloat16 }, "dtype was ");
        File.AppendAllText(_folder["train.jsonl"], File.ReadLines(_folder["train.jsonl"]).First() + "\n");
        Refused(recipe, "the rows, or the tokens made of them, are others");
        Assert.Equal(before, RunCourse.Files(_folder["run"]));

        void Refused(Recipe other, string why) =>
            Assert.Contains(why, Assert.Throws<SimperException>(() => Run(Resumed(other))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_can_go_on_is_not_begun_anew_by_mistake()
    {
        Recipe recipe = Recipe("run");
        Run(recipe, 5, isKilled: true);
        Assert.Contains(
            "resume_from_checkpoint: true goes on from checkpoint-4",
            Assert.Throws<SimperException>(() => Run(recipe)).Message,
            StringComparison.Ordinal
        );
        Run(recipe with { OverwriteOutputDir = true, SaveStrategy = SaveStrategy.No });
        Assert.Empty(Directory.GetDirectories(_folder["run"], "checkpoint-*"));
        Assert.Contains(
            "holds no checkpoint",
            Assert.Throws<SimperException>(() => Run(Resumed(recipe))).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(2, new[] { "checkpoint-10", "checkpoint-12" })]
    [InlineData(1, new[] { "checkpoint-12" })]
    [InlineData(0, new[] { "checkpoint-2", "checkpoint-4", "checkpoint-6", "checkpoint-8", "checkpoint-10", "checkpoint-12" })]
    public void As_many_are_kept_as_asked_for(int limit, string[] kept)
    {
        Run(Recipe("run") with { SaveTotalLimit = limit });
        Assert.Equal(
            kept.Order(StringComparer.Ordinal),
            Directory
                .GetDirectories(_folder["run"], "checkpoint-*")
                .Select(d => Path.GetFileName(d))
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Steps_may_be_a_share_of_all()
    {
        Run(Recipe("run") with { SaveSteps = 0.4 });
        Assert.Equal(
            ["checkpoint-12", "checkpoint-6"], // of 14
            Directory
                .GetDirectories(_folder["run"], "checkpoint-*")
                .Select(d => Path.GetFileName(d))
                .Order(StringComparer.Ordinal)
        );
        Assert.Contains(
            "save_steps is 2.5; give a whole number",
            Assert.Throws<SimperException>(() => Simper.Runs.Recipe.Read(null, [("save_steps", "2.5")])).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Epochs_end_with_one_and_the_last_with_the_model()
    {
        Run(Recipe("run") with { SaveStrategy = SaveStrategy.Epoch });
        Assert.Equal("checkpoint-7", Path.GetFileName(Assert.Single(Directory.GetDirectories(_folder["run"], "checkpoint-*"))));
    }
}
