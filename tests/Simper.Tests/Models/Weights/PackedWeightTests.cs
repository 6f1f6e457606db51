using Simper.Batching;
using Simper.Checkpoints;
using Simper.Evaluation;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Weights;

/// <summary>A model whose matrices stay quantised as they lie in the file, against the same model dequantised.</summary>
public sealed class PackedWeightTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string Stories => SharedFiles.Path("golden", "gguf", "llama", "stories260K-Q8_0.gguf");

    private static string SmolLm2 => SharedFiles.Path("models", "smollm2-135m-instruct");

    public static TheoryData<string, bool, double> Sets =>
        new()
        {
            { "float64", false, 1e-13 },
            { "float64", true, 1e-13 },
            { "float32", false, 1e-5 },
            { "float32", true, 1e-5 },
            { "bfloat16", false, 2e-2 },
            { "bfloat16", true, 2e-2 },
        };

    private static LanguageModel Load(
        string path,
        string type,
        bool torch,
        FrozenWeights frozen,
        Func<string, bool>? trains = null
    )
    {
        Precision precision = Named(type);
        KernelSet kernels = torch ? new TorchKernels(precision, CPU) : KernelSet.For(precision);
        return LanguageModel.Load(path, kernels, trains ?? (_ => false), frozen);
    }

    private static Precision Named(string type) =>
        new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p => p.Name == type);

    [Theory]
    [MemberData(nameof(Sets))]
    public void Log_probs_and_gradients_through_frozen_matrices_are_those_of_the_unpacked_model(
        string type,
        bool torch,
        double tolerance
    )
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        bool Norms(string name) => name.Contains("norm", StringComparison.Ordinal);
        using LanguageModel unpacked = Load(Stories, type, torch, FrozenWeights.Unpacked, Norms);
        using LanguageModel packed = Load(Stories, type, torch, FrozenWeights.Packed, Norms);
        Assert.Contains(packed.Weights, w => w is PackedWeight);
        Assert.All(packed.Parameters, p => Assert.Contains("norm", p.Name, StringComparison.Ordinal));
        TokenizedGroup[] groups = [.. Enumerable.Range(1, 4).Select(i => ToyDecoder.Group(i, 5, 9, 6))];
        (Tensor sums, Tensor[] gradients) = Run(unpacked);
        (Tensor ownSums, Tensor[] ownGradients) = Run(packed);
        Near(sums, ownSums);
        Assert.Equal(unpacked.Parameters.Count, ownGradients.Length);
        foreach ((Tensor expected, Tensor actual) in gradients.Zip(ownGradients))
            Near(expected, actual);

        (Tensor, Tensor[]) Run(LanguageModel model)
        {
            using ScoringPass pass = ScoringPass.Forward(model.Decoder, MicroBatch.Of(groups), forBackward: true);
            pass.Backward(ones_like(pass.Sums));
            return (pass.Sums.clone(), [.. model.Parameters.Select(p => p.Gradient!.clone())]);
        }

        void Near(Tensor expected, Tensor actual) => Assert.InRange(Numbers.RelativeDistance(actual, expected), 0, tolerance);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Greedy_ids_are_those_of_the_unpacked_model(string type, bool torch, double tolerance)
    {
        _ = tolerance;
        using LanguageModel unpacked = Load(Stories, type, torch, FrozenWeights.Unpacked);
        using LanguageModel packed = Load(Stories, type, torch, FrozenWeights.Packed);
        Assert.Equal(Greedy(unpacked, 30, out _), Greedy(packed, 30, out _));
    }

    [Fact]
    public void A_published_model_answers_with_the_same_bits_in_less_memory()
    {
        using LanguageModel unpacked = Load(SmolLm2, "bfloat16", torch: false, FrozenWeights.Unpacked);
        using LanguageModel packed = Load(SmolLm2, "bfloat16", torch: false, FrozenWeights.Packed);
        Assert.Equal(Greedy(unpacked, 6, out double[] logits), Greedy(packed, 6, out double[] own));
        if (MatrixUnit.IsAvailable)
            Assert.Equal(logits, own);
        Assert.InRange(packed.WeightBytes, 1, 0.45 * unpacked.WeightBytes);
        Assert.InRange(packed.WeightBytes, 1, new FileInfo(Directory.GetFiles(SmolLm2, "*.gguf")[0]).Length);
        Assert.Equal(unpacked.Fingerprint(), packed.Fingerprint());
        Assert.NotEqual(unpacked.QuickHash(), packed.QuickHash());
    }

    [Fact]
    public void Matrices_that_train_or_are_not_quantised_are_unpacked_and_all_are_saved_alike()
    {
        using LanguageModel model = Load(
            Stories,
            "bfloat16",
            torch: false,
            FrozenWeights.Packed,
            name => name.Contains("layers.1.mlp.", StringComparison.Ordinal)
        );
        foreach (Weight weight in model.Weights)
        {
            bool trains = weight.Name is "layers.1.gate_up" or "layers.1.down";
            Assert.Equal(trains, weight.IsTrainable);
            bool stays = weight.IsMatrix && !trains && !weight.Name.EndsWith("down", StringComparison.Ordinal); // F16 there
            Assert.Equal(stays, weight is PackedWeight);
        }
        using LanguageModel unpacked = Load(Stories, "bfloat16", torch: false, FrozenWeights.Unpacked);
        model.Save(_folder["packed"]);
        unpacked.Save(_folder["unpacked"]);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_folder["unpacked"], "model.safetensors")),
            File.ReadAllBytes(Path.Combine(_folder["packed"], "model.safetensors"))
        );
    }

    [Fact]
    public void A_memory_plan_counts_the_bytes_of_the_blocks_and_the_state_of_what_trains()
    {
        bool Norms(string name) => name.Contains("norm", StringComparison.Ordinal);
        using LanguageModel unpacked = Load(Stories, "float32", torch: false, FrozenWeights.Unpacked, Norms);
        using LanguageModel packed = Load(Stories, "float32", torch: false, FrozenWeights.Packed, Norms);
        TokenizedGroup[] groups = [ToyDecoder.Group(1, 5, 9, 6)];
        MemoryPlan plan = MemoryPlan.For(packed, groups, new SimPer(), 8L << 30, baselineBytes: 0);
        Assert.Equal(packed.Weights.Sum(w => w.Bytes), plan.WeightBytes);
        Assert.Equal(plan.WeightBytes, plan.BaselineBytes); // less cannot be
        Assert.True(plan.WeightBytes < 0.6 * MemoryPlan.For(unpacked, groups, new SimPer(), 8L << 30, 0).WeightBytes);
        Assert.Equal(3 * 4 * packed.Parameters.Sum(p => p.Count), plan.StateBytes);
        Assert.Equal(1 << 20, MemoryPlan.For(packed, groups, new SimPer(), 8L << 30, 1 << 20).BaselineBytes);
    }

    [Fact]
    public void Training_norms_between_packed_matrices_moves_them_as_between_unpacked_ones()
    {
        bool Norms(string name) => name.Contains("norm", StringComparison.Ordinal);
        double[] Trained(FrozenWeights frozen)
        {
            using LanguageModel model = Load(Stories, "float64", torch: false, frozen, Norms);
            TokenizedGroup[] groups = [.. Enumerable.Range(1, 4).Select(i => ToyDecoder.Group(i, 5, 9, 6))];
            foreach (StepReport _ in new Trainer(model, groups, new SimPer()) { LearningRate = 1e-2, MaxSteps = 3 }.Steps()) { }
            return [.. model.Parameters.SelectMany(p => Numbers.Of(p.Values()))];
        }
        double[] expected = Trained(FrozenWeights.Unpacked);
        Assert.Equal(expected, Trained(FrozenWeights.Packed), (a, b) => Math.Abs(a - b) < 1e-11);
        using LanguageModel untrained = Load(Stories, "float64", torch: false, FrozenWeights.Packed, Norms);
        Assert.NotEqual(expected, untrained.Parameters.SelectMany(p => Numbers.Of(p.Values())));
    }

    [Fact]
    public void A_frozen_reference_may_be_packed()
    {
        using LanguageModel policy = Load(Stories, "float64", torch: false, FrozenWeights.Unpacked, _ => true);
        using LanguageModel unpacked = Load(Stories, "float64", torch: false, FrozenWeights.Unpacked);
        using LanguageModel packed = Load(Stories, "float64", torch: false, FrozenWeights.Packed);
        TokenizedGroup[] groups = [.. Enumerable.Range(1, 4).Select(i => ToyDecoder.Group(i, 5, 9, 6))];
        double Loss(LanguageModel reference) =>
            PreferenceEvaluation.Run(policy, groups, new Dpo(), new ReferenceModel(reference)).Loss;
        Assert.Equal(Loss(unpacked), Loss(packed), 1e-11);
    }

    [Fact]
    public void A_folder_of_safetensors_has_nothing_that_could_stay_packed()
    {
        string folder = Path.Combine(SharedFiles.Repository, "assets", "demo", "model");
        using LanguageModel model = LanguageModel.Load(folder, trainable: false, frozen: FrozenWeights.Packed);
        Assert.DoesNotContain(model.Weights, w => w is PackedWeight);
    }

    [Fact]
    public void The_file_is_let_go_with_the_model_and_no_tensor_is_left()
    {
        Assert.NotEmpty(Stories);
        Live.ExpectNoneLeft(() =>
        {
            using LanguageModel model = Load(Stories, "float32", torch: false, FrozenWeights.Packed);
            _ = Greedy(model, 3, out _);
        });
    }

    private static int[] Greedy(LanguageModel model, int count, out double[] logits)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long[] prompt = [.. Enumerable.Range(0, 24).Select(i => 1L + i * 13 % 200)];
        using var cache = new KeyValueCache(model.Shape, prompt.Length + count, model.Decoder.Kernels);
        var ids = new int[count];
        logits = [];
        long[] fresh = prompt;
        for (int i = 0; i < count; i++)
        {
            logits = Numbers.Of(model.Decoder.NextLogits(fresh, TokenLayout.Of((fresh.Length, -1)), [cache]));
            ids[i] = Array.IndexOf(logits, logits.Max());
            fresh = [ids[i]];
        }
        return ids;
    }
}
