using Simper.Kernels;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Golden;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Adapters;

/// <summary>
/// Kinds and beginnings of adapters on stories260K: DoRA, dropout, LoRA+, PiSSA and the others; each against finite differences,
/// or what defines it.
/// </summary>
public class AdapterVariantTests
{
    private static readonly int[] Ids = [1, 403, 407, 261, 378, 432, 383];

    private static LanguageModel Base(Precision? precision = null) =>
        LanguageModel.Load(SharedFiles.Path("data", "stories260K-hf"), precision ?? Precision.Float64, trainable: false);

    private static AdapterConfig AllLinear =>
        new()
        {
            Rank = 4,
            Alpha = 6,
            TargetModules = ModuleNames.Matching("all-linear"),
        };

    private static TokenizedGroup[] Pairs =>
        [ToyDecoder.Group(1, 4, 3, 5), ToyDecoder.Group(2, 3, 4, 2), ToyDecoder.Group(3, 1, 2, 6)];

    // SimPO's loss is of order 1, unlike SimPER's where answers are unlikely.
    private static double Loss(LanguageModel model) => GoldenFile.Accumulate(model, Pairs, new SimPo()).Average(o => o.Loss);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(false, 0.3)]
    [InlineData(true, 0)]
    [InlineData(true, 0.3)]
    public void Gradients_are_finite_differences_with_the_same_dropout(bool dora, double dropout)
    {
        using LanguageModel basis = Base();
        using LanguageModel model = basis.WithNewAdapter(AllLinear with { UseDora = dora, Dropout = dropout });
        FamilyAdapterTests.Scatter(model, deviation: 0.1);
        model.Decoder.DropoutStep = 7;
        double loss = Loss(model);
        Assert.True(GoldenFile.NormOf(model) > 0.01);
        var random = new Random(1);
        foreach (TensorWeight weight in model.Adapter!.Weights)
        {
            Loss(model);
            double[] gradient = Numbers.Of(weight.Parameter!.GradientBuffer().flatten());
            int place = random.Next(gradient.Length);
            using Tensor before = weight.Values().clone();
            if (weight.Name.EndsWith("magnitude_vector", StringComparison.Ordinal) || !dora)
                GoldenFile.Close(
                    (Moved(model, weight, before, place, 1e-5) - Moved(model, weight, before, place, -1e-5)) / 2e-5,
                    gradient[place],
                    1e-6,
                    $"{weight.Name}[{place}]"
                );
            weight.Set(before);
        }
        GoldenFile.Close(loss, Loss(model), 1e-12, "loss");
        model.Decoder.DropoutStep = null;
        Assert.Equal(dropout > 0, Math.Abs(loss - Loss(model)) > 1e-9);
    }

    private static double Moved(LanguageModel model, TensorWeight weight, Tensor before, int place, double step)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor moved = before.clone();
        moved.view(-1)[place] = moved.view(-1)[place].Plus(step);
        weight.Set(moved);
        return Loss(model);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Dropout_is_the_same_however_answers_are_packed_and_recomputed(bool dora)
    {
        using LanguageModel basis = Base();
        using LanguageModel model = basis.WithNewAdapter(AllLinear with { UseDora = dora, Dropout = 0.5 });
        FamilyAdapterTests.Scatter(model, deviation: 0.1);
        (double Loss, double Norm) Of(bool recomputes, int pairs, int tokens, int step)
        {
            foreach (Parameter parameter in model.Parameters)
                parameter.ClearGradient();
            model.Decoder.DropoutStep = (ulong)step;
            var trainer = new Trainer(model, Pairs, new SimPo())
            {
                RecomputeActivations = recomputes,
                PairsPerMicroBatch = pairs,
                TokensPerMicroBatch = tokens,
            };
            double loss = trainer.Accumulate(Pairs).Outcomes.Average(o => o.Loss);
            return (loss, GradientNorm.Of(model.Parameters));
        }
        (double loss, double norm) = Of(recomputes: false, 3, 1000, 1);
        foreach (
            (bool recomputes, int pairs, int tokens) in ((bool, int, int)[])[(true, 3, 1000), (false, 1, 1000), (false, 3, 1)]
        )
        {
            (double other, double otherNorm) = Of(recomputes, pairs, tokens, 1);
            GoldenFile.Close(loss, other, 1e-12, "loss");
            GoldenFile.Close(norm, otherNorm, 1e-11, "norm");
        }
        Assert.NotEqual(loss, Of(recomputes: false, 3, 1000, 2).Loss);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Dropout_drops_as_often_as_it_should_and_keeps_the_mean(double probability)
    {
        using KernelSet kernels = KernelSet.For(Precision.Float32);
        using Tensor x = ones(400, 300);
        using Tensor keys = tensor(Enumerable.Range(0, 400).Select(i => (long)i * i).ToArray());
        using Tensor dropped = kernels.Drop(x, keys, key: 3, probability);
        double[] numbers = Numbers.Of(dropped.flatten());
        double share = numbers.Count(n => n == 0) / (double)numbers.Length;
        // 120,000 draws: three deviations are at most 0.0043
        Assert.InRange(share, probability - 0.0045, probability + 0.0045);
        Assert.All(numbers.Where(n => n != 0), n => Assert.Equal(1 / (1 - probability), n, 6));
        using Tensor again = kernels.Drop(x, keys, key: 3, probability);
        Assert.True(dropped.equal(again).all().item<bool>());
        using Tensor other = kernels.Drop(x, keys, key: 4, probability);
        Assert.False(dropped.equal(other).all().item<bool>());
    }

    [Theory]
    [InlineData(AdapterStart.Kaiming)]
    [InlineData(AdapterStart.Gaussian)]
    [InlineData(AdapterStart.Orthogonal)]
    [InlineData(AdapterStart.Pissa)]
    public void Every_beginning_changes_nothing_and_its_seed_repeats_it(AdapterStart start)
    {
        foreach (Precision precision in (Precision[])[Precision.Float64, Precision.Float32, Precision.BFloat16])
        {
            using LanguageModel basis = Base(precision);
            AdapterConfig config = AllLinear with { Start = start };
            using LanguageModel model = basis.WithNewAdapter(config, seed: 5);
            using LanguageModel same = basis.WithNewAdapter(config, seed: 5);
            Assert.Equal(model.QuickHash(), same.QuickHash());
            using LanguageModel another = basis.WithNewAdapter(config, seed: 6);
            Assert.Equal(start == AdapterStart.Pissa, model.QuickHash() == another.QuickHash()); // an exact one draws nothing
            using Tensor expected = GoldenFile.Logits(basis, Ids);
            using Tensor logits = GoldenFile.Logits(model, Ids);
            // Orthogonal and PiSSA add what is zero up to rounding.
            double tolerance =
                start is AdapterStart.Kaiming or AdapterStart.Gaussian ? 0
                : precision == Precision.Float64 ? 1e-6 // PiSSA's values are float32
                : precision == Precision.Float32 ? 1e-3
                : 1;
            Assert.InRange(expected.sub(logits).abs().max().item<double>(), 0, tolerance);
        }
    }

    [Fact]
    public void An_orthogonal_beginning_is_orthogonal()
    {
        using LanguageModel basis = Base();
        using LanguageModel model = basis.WithNewAdapter(AllLinear with { Start = AdapterStart.Orthogonal });
        foreach (
            AdapterTensor tensor in model.Adapter!.Tensors.Where(t => t.Name.EndsWith("lora_A.weight", StringComparison.Ordinal))
        )
        {
            AdapterTensor b = model.Adapter.Tensors.Single(t =>
                t.Name == tensor.Name.Replace("lora_A", "lora_B", StringComparison.Ordinal)
            );
            using Tensor product = b.Weight.Values().mm(tensor.Weight.Values());
            Assert.InRange(product.abs().max().item<double>(), 0, 1e-6);
            using Tensor size = b.Weight.Values().abs().max();
            Assert.True(size.item<double>() > 0.01);
        }
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(8, true)]
    public void A_pissa_begins_with_the_largest_singular_values_and_is_stored_over_the_model_as_published(
        int iterations,
        bool rslora
    )
    {
        using var folder = new TemporaryFolder();
        using LanguageModel basis = Base();
        AdapterConfig config = AllLinear with
        {
            Start = AdapterStart.Pissa,
            PissaIterations = iterations,
            UseRsLora = rslora,
            RankPattern = [KeyValuePair.Create("o_proj", 2.0)],
        };
        using LanguageModel model = basis.WithNewAdapter(config);
        AdapterTarget target = model.Adapter!.Plan.Targets[0];
        using (var scope = NewDisposeScope())
        {
            Tensor Of(string ending) =>
                model
                    .Adapter.Tensors.Single(t => t.Name.EndsWith(target.Module.Name + ending, StringComparison.Ordinal))
                    .Weight.Values();
            Tensor product = Of(".lora_B.weight").mm(Of(".lora_A.weight")).Times(target.Scale);
            Tensor weight = basis.Published().Single(p => p.Name == target.Module.Name + ".weight").Tensor();
            Tensor all = linalg.svdvals(weight);
            double left = weight.sub(product).norm().item<double>();
            // Eckart and Young: no matrix of this rank is nearer.
            double least = all.narrow(0, target.Rank, all.size(0) - target.Rank).norm().item<double>();
            Assert.InRange(left, least - 1e-6, least * (1 + (iterations == 0 ? 1e-5 : 1e-2)));
        }
        FamilyAdapterTests.Scatter(model);
        using Tensor logits = GoldenFile.Logits(model, Ids);
        model.Save(folder["pissa"]);
        using LanguageModel read = LanguageModel.Load(folder["pissa"], Precision.Float64);
        Assert.Equal(2 * target.Rank, read.Adapter!.Plan.Targets[0].Rank);
        Assert.All(
            read.Adapter.Plan.Targets.Zip(model.Adapter.Plan.Targets),
            t => Assert.Equal(t.Second.Scale, t.First.Scale, 12)
        );
        using Tensor again = GoldenFile.Logits(read, Ids);
        Assert.InRange(logits.sub(again).abs().max().item<double>(), 0, 1e-4);
    }

    [Fact]
    public void Lora_plus_gives_b_its_own_rate()
    {
        using LanguageModel basis = Base();
        AdapterConfig config = AllLinear with { TargetModules = ModuleNames.Of(["q_proj", "embed_tokens"]) };
        using LanguageModel plain = basis.WithNewAdapter(config);
        using LanguageModel model = basis.WithNewAdapter(config);
        model.Adapter!.SetRates(16, 0.5);
        FamilyAdapterTests.Scatter(plain);
        FamilyAdapterTests.Scatter(model);
        Dictionary<string, double[]> Steps(LanguageModel stepped)
        {
            Dictionary<string, double[]> before = stepped.Adapter!.Weights.ToDictionary(
                w => w.Name,
                w => Numbers.Of(w.Values().flatten())
            );
            Loss(stepped);
            using var optimizer = new AdamW(stepped.Parameters);
            optimizer.Step(1e-4);
            return stepped.Adapter.Weights.ToDictionary(
                w => w.Name,
                w => Numbers.Of(w.Values().flatten()).Zip(before[w.Name], (after, was) => after - was).ToArray()
            );
        }
        Dictionary<string, double[]> usual = Steps(plain);
        foreach ((string name, double[] step) in Steps(model))
        {
            double factor =
                name.Contains("embedding", StringComparison.Ordinal) ? 0.5
                : name.EndsWith("lora_B.weight", StringComparison.Ordinal) ? 16
                : 1;
            for (int i = 0; i < step.Length; i++)
                GoldenFile.Close(factor * usual[name][i], step[i], 1e-12, $"{name}[{i}]");
        }
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0.3)]
    public void No_tensor_is_left_of_steps_and_of_an_adapter(bool dora, double dropout)
    {
        foreach (Precision precision in (Precision[])[Precision.Float32, Precision.BFloat16])
        {
            using LanguageModel basis = Base(precision);
            AdapterConfig config = AllLinear with { UseDora = dora, Dropout = dropout };
            using (LanguageModel model = basis.WithNewAdapter(config))
            {
                foreach (bool recomputes in (bool[])[false, true])
                {
                    var trainer = new Trainer(model, Pairs, new SimPer())
                    {
                        RecomputeActivations = recomputes,
                        LearningRate = 1e-3,
                        MaxSteps = 2,
                        Epochs = 2,
                    };
                    Live.ExpectNoneLeft(() => Assert.Equal(2, trainer.Steps().Count()));
                }
            }
            Live.ExpectNoneLeft(() =>
            {
                using LanguageModel model = basis.WithNewAdapter(
                    config with
                    {
                        Start = dora ? AdapterStart.Kaiming : AdapterStart.Pissa,
                    }
                );
                GoldenFile.Logits(model, Ids).Dispose();
            });
        }
    }

    [Fact]
    public void A_model_lives_as_long_as_its_adapters_and_is_freed_with_the_last() =>
        Live.ExpectNoneLeft(() =>
        {
            using var folder = new TemporaryFolder();
            LanguageModel basis = Base();
            LanguageModel first = basis.WithNewAdapter(AllLinear);
            first.Save(folder["adapter"]);
            LanguageModel second = basis.WithAdapter(folder["adapter"]);
            LanguageModel third = second.WithAdapter(folder["adapter"]); // over the same model, not over the adapter
            using (Tensor expected = GoldenFile.Logits(third, Ids))
            {
                basis.Dispose();
                second.Dispose();
                basis.Dispose(); // twice is once
                using var scope = NewDisposeScope();
                Assert.True(expected.equal(GoldenFile.Logits(third, Ids)).all().item<bool>());
            }
            first.Dispose();
            third.Dispose();
        });

    [Fact]
    public void Two_adapters_share_the_weights_and_do_not_see_each_other()
    {
        using LanguageModel basis = Base();
        using LanguageModel first = basis.WithNewAdapter(AllLinear, seed: 1);
        using LanguageModel second = basis.WithNewAdapter(AllLinear with { ModulesToSave = ["lm_head"] }, seed: 2);
        using Tensor plain = GoldenFile.Logits(basis, Ids);
        FamilyAdapterTests.Scatter(second, deviation: 0.2);
        Assert.All(first.Weights.Except(first.Adapter!.Weights), w => Assert.Contains(w, basis.Weights));
        foreach (LanguageModel other in (LanguageModel[])[basis, first])
        {
            using Tensor logits = GoldenFile.Logits(other, Ids);
            Assert.True(plain.equal(logits).all().item<bool>());
        }
        using Tensor changed = GoldenFile.Logits(second, Ids);
        Assert.False(plain.equal(changed).all().item<bool>());
    }
}
