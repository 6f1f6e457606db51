using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Runs.Resuming;

/// <summary>A checkpoint of another run, or of another model, is refused with what differs, and nothing is changed.</summary>
public sealed class MismatchTests : IDisposable
{
    private const string Template = "{% for message in messages %}{{ message.content }}{% endfor %}";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Recipe Recipe() =>
        DemoRecipe.In(_folder) with
        {
            Objective = Simper.Runs.Recipe.Read(null, [("loss_type", "dpo")]).Objective,
            SaveSteps = 2,
            TestSplitSize = 0,
        };

    [Fact]
    public void What_is_not_the_same_run_is_named_and_the_run_s_folder_stays_as_it_is()
    {
        Recipe recipe = Recipe();
        RunCourse.Run(recipe, 3);
        string[] before = RunCourse.Files(_folder["run"]);
        (string What, Recipe Other)[] others =
        [
            ("learning_rate was", recipe with { LearningRate = 1e-5 }),
            ("lr_scheduler_type was", recipe with { Schedule = ScheduleKind.Constant }),
            ("loss_type was", recipe with { Objective = Simper.Runs.Recipe.Read(null, [("loss_type", "simper")]).Objective }),
            (
                "beta was",
                recipe with
                {
                    Objective = Simper.Runs.Recipe.Read(null, [("loss_type", "dpo"), ("beta", "0.3")]).Objective,
                }
            ),
            ("per_device_train_batch_size was", recipe with { TrainBatchSize = 3 }),
            ("gradient_accumulation_steps was", recipe with { GradientAccumulationSteps = 2 }),
            ("num_train_epochs was", recipe with { NumTrainEpochs = 2 }),
            ("max_steps was", recipe with { MaxSteps = 5 }),
            ("seed was", recipe with { Seed = 7 }),
            ("adam_beta2 was", recipe with { AdamBeta2 = 0.99 }),
            ("weight_decay was", recipe with { WeightDecay = 0.1 }),
            ("dtype was", recipe with { Dtype = Precision.BFloat16 }),
            ("sync_ref_model was", recipe with { SyncRefModel = true }),
            ("max_length was", recipe with { MaxLength = 600 }),
            ("the model's weights are others", recipe with { ModelNameOrPath = OtherModel() }),
            ("the rows, or the tokens made of them, are others", recipe with { DatasetName = OtherRows() }),
            ("the rows, or the tokens made of them, are others", recipe with { EvalDatasetName = OtherRows() }),
            ("chat_template_path was", recipe with { ChatTemplatePath = _folder.Write("t.jinja", Template) }),
        ];
        foreach ((string what, Recipe other) in others)
        {
            string message = Assert.Throws<SimperException>(() => RunCourse.Run(RunCourse.Resumed(other))).Message;
            Assert.Contains("is of another run and cannot be continued", message, StringComparison.Ordinal);
            Assert.Contains(what, message, StringComparison.Ordinal);
            Assert.Equal(before, RunCourse.Files(_folder["run"]));
        }
        Counts.Tell(6, $"{others.Length} other runs, each refused with what differs, the folder unchanged");
    }

    [Fact]
    public void What_does_not_fit_the_state_is_named_and_no_tensor_is_changed()
    {
        using LanguageModel model = Toy();
        using AdamW optimizer = new(model.Parameters);
        var state = new TrainingState(model, optimizer, reference: null, new StepGuard(NonFiniteRule.Stop, SpikeRule.Apply));
        using StateSnapshot own = state.Snapshot(copies: true);
        (string Name, Tensor Tensor)[] tensors = [.. own.Tensors];
        string before = HashOf(model, state);
        string first = tensors[0].Name;
        using Tensor other = HeldNumbers.Filled(9, tensors[0].Tensor.dtype, tensors[0].Tensor.shape);
        using Tensor larger = HeldNumbers.Filled(9, other.dtype, [other.shape[0] + 1, .. other.shape[1..]]);
        using Tensor half = other.to(ScalarType.BFloat16);
        using Tensor flat = other.flatten();
        SavedTensor[] weights = [.. own.Weights];
        (string What, StateSnapshot Stored)[] cases =
        [
            ($"{first} is missing", own with { Tensors = [("other", other), .. tensors[1..]] }),
            (
                $"{first} is Float64 [{string.Join(", ", larger.shape)}]",
                own with
                {
                    Tensors = [(first, larger), .. tensors[1..]],
                }
            ),
            ($"{first} is BFloat16", own with { Tensors = [(first, half), .. tensors[1..]] }),
            ($"{first} is Float64 [{flat.shape[0]}]", own with { Tensors = [(first, flat), .. tensors[1..]] }),
            ("second_moments/", own with { Tensors = [.. tensors.Where(t => !IsOf(t.Name, "second_moments/"))] }),
            ("first_moments/", own with { Tensors = [.. tensors.Where(t => !IsOf(t.Name, "first_moments/"))] }),
            ($"holds {tensors.Length + 1} tensors", own with { Tensors = [.. tensors, ("reference/a", other)] }),
            (
                $"holds {2 * tensors.Length} tensors",
                own with
                {
                    Tensors = [.. tensors, .. tensors.Select(t => ("reference/" + t.Name, t.Tensor))],
                }
            ),
            ($"{weights[0].Name} is missing", own with { Weights = weights[1..] }),
            (
                $"{weights[0].Name} is [",
                own with
                {
                    Weights = [SavedTensor.Of(weights[0].Name, () => larger.alias()), .. weights[1..]],
                }
            ),
            ("more is not expected", own with { Weights = [.. weights, SavedTensor.Of("more", () => other.alias())] }),
        ];
        foreach ((string what, StateSnapshot stored) in cases)
        {
            RunCheckpoint.Write(_folder["checkpoint-2"], stored, SavedStates.Position(2));
            RunCheckpoint opened = RunCheckpoint.Open(_folder["checkpoint-2"]);
            Assert.Contains(what, Assert.Throws<SimperException>(() => opened.Restore(state)).Message, StringComparison.Ordinal);
            Assert.Equal((before, 0), (HashOf(model, state), state.Step));
        }
        StateSnapshot changed = own with { Tensors = [(first, other), .. tensors[1..]] };
        RunCheckpoint.Write(_folder["checkpoint-2"], changed, SavedStates.Position(2));
        RunCheckpoint.Open(_folder["checkpoint-2"]).Restore(state);
        Assert.NotEqual(before, HashOf(model, state));
        Assert.Equal(2, state.Step);
        Counts.Tell(6, $"{cases.Length} checkpoints of other states, each refused by name, weights and moments unchanged (hash)");

        static bool IsOf(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal);
    }

    private static LanguageModel Toy() =>
        LanguageModel.Create(new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()), seed: 3, Precision.Float64);

    private static string HashOf(LanguageModel model, TrainingState state) =>
        model.Fingerprint() + WeightsHash.Sha256(state.Tensors.Select(t => t.Tensor.alias()));

    private string OtherModel()
    {
        using LanguageModel model = LanguageModel.Load(Path.Combine(DemoRecipe.Files, "model"), Precision.Float32);
        using (no_grad())
            model.Parameters[0].Master.TimesInPlace(1.5);
        model.Save(_folder["other"]);
        return _folder["other"];
    }

    private string OtherRows()
    {
        string[] lines = File.ReadAllLines(_folder["train.jsonl"]);
        File.WriteAllLines(_folder["other.jsonl"], [.. lines[1..], lines[0]]);
        return _folder["other.jsonl"];
    }
}
