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
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Adapters;

/// <summary>
/// Adapters of every module of every family, whose published rows may be in another order, fused, or one of many experts: they
/// begin as the model, their gradients are those of the loss, merged they compute the same, and saved they are the same.
/// </summary>
public class FamilyAdapterTests
{
    public static TheoryData<string> Families =>
        SharedFiles.Rows(() =>
            Directory
                .GetDirectories(SharedFiles.Path("golden", "families"))
                .Where(d => File.Exists(Path.Combine(d, "config.json")))
                .Select(d => Path.GetFileName(d))
                .Order(StringComparer.Ordinal)
        );

    private static readonly int[] Ids = [1, 5, 9, 2, 7, 3, 11, 4];

    private static AdapterConfig AllModules(LanguageModel model) =>
        new()
        {
            Rank = 3,
            Alpha = 5,
            Bias = AdapterBias.All,
            TargetModules = ModuleNames.Of(
                AdaptableModule
                    .Of(Simper.Models.Families.Family.Of(model.Files.Config, "").Names, model.Shape)
                    .Where(m => m.Kind != ModuleKind.Head)
                    .Select(m => m.Name)
            ),
        };

    private static LanguageModel Base(string family) =>
        LanguageModel.Load(SharedFiles.Path("golden", "families", family), Precision.Float64, trainable: false);

    /// <summary>All weights of the adapter at random, so that none of them is without effect.</summary>
    internal static void Scatter(LanguageModel model, double deviation = 0.05)
    {
        using var noGrad = no_grad();
        using var generator = new Generator(3, CPU);
        foreach (TensorWeight weight in model.Adapter!.Weights.Where(w => w.IsMatrix && w.IsTrainable))
        {
            using var scope = NewDisposeScope();
            weight.Set(
                randn([.. weight.Shape], dtype: ScalarType.Float64, generator: generator)
                    .Times(deviation)
                    .to(model.Precision.Wide)
            );
        }
    }

    private static TokenizedGroup[] Pairs => [ToyDecoder.Group(1, 4, 3, 5), ToyDecoder.Group(2, 3, 4, 2)];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_new_adapter_changes_nothing(string family)
    {
        using LanguageModel basis = Base(family);
        using LanguageModel adapted = basis.WithNewAdapter(AllModules(basis));
        using Tensor expected = GoldenFile.Logits(basis, Ids);
        using Tensor logits = GoldenFile.Logits(adapted, Ids);
        Assert.True(expected.equal(logits).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Gradients_are_finite_differences(string family)
    {
        using LanguageModel basis = Base(family);
        using LanguageModel adapted = basis.WithNewAdapter(AllModules(basis));
        Scatter(adapted);
        // of order 1, unlike SimPER's where answers are unlikely
        double Loss() => GoldenFile.Accumulate(adapted, Pairs, new SimPo()).Average(o => o.Loss);
        Loss();
        Assert.True(GoldenFile.NormOf(adapted) > 0.01);
        var random = new Random(5);
        (TensorWeight Weight, double[] Gradient)[] weights =
        [
            .. adapted.Adapter!.Weights.Select(w => (w, Numbers.Of(w.Parameter!.GradientBuffer().flatten()))),
        ];
        random.Shuffle(weights);
        foreach ((TensorWeight weight, double[] gradient) in weights.Take(16))
        {
            using var noGrad = no_grad();
            int place = random.Next(gradient.Length);
            using Tensor before = weight.Values().clone();
            double At(double step)
            {
                using var scope = NewDisposeScope();
                Tensor moved = before.clone();
                moved.view(-1)[place] = moved.view(-1)[place].Plus(step);
                weight.Set(moved);
                return Loss();
            }
            const double step = 1e-5;
            double expected = (At(step) - At(-step)) / (2 * step);
            weight.Set(before);
            GoldenFile.Close(expected, gradient[place], 1e-7 + 1e-6 * Math.Abs(expected), $"{weight.Name}[{place}]");
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Merged_and_saved_are_the_same(string family)
    {
        using var folder = new TemporaryFolder();
        using LanguageModel basis = Base(family);
        using LanguageModel adapted = basis.WithNewAdapter(AllModules(basis));
        Scatter(adapted);
        using Tensor logits = GoldenFile.Logits(adapted, Ids);
        using Tensor plain = GoldenFile.Logits(basis, Ids);
        Assert.True(logits.sub(plain).abs().max().item<double>() > 1e-3);

        adapted.SaveMerged(folder["merged"]);
        using LanguageModel merged = LanguageModel.Load(folder["merged"], Precision.Float64);
        using Tensor whole = GoldenFile.Logits(merged, Ids);
        Assert.InRange(logits.sub(whole).abs().max().item<double>(), 0, 1e-9);

        // stored in float32
        adapted.Save(folder["adapter"]);
        using LanguageModel read = LanguageModel.Load(folder["adapter"], Precision.Float64);
        using Tensor again = GoldenFile.Logits(read, Ids);
        Assert.InRange(logits.sub(again).abs().max().item<double>(), 0, 1e-4);
        read.Save(folder["again"]);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder["adapter"], "adapter_model.safetensors")),
            File.ReadAllBytes(Path.Combine(folder["again"], "adapter_model.safetensors"))
        );
    }
}
