using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Gguf;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Golden;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Gguf;

/// <summary>Adapters in llama.cpp's file: out and in, what the file cannot hold, and what a file must not say.</summary>
public class AdapterGgufTests
{
    public static TheoryData<string> Names => [.. TinyModels.Names];

    public static TheoryData<string> Golden => SharedFiles.Rows(() => SharedFiles.Folders("golden", "families"));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_adapter_of_all_linear_layers_comes_back_bit_for_bit(string name)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], name);
        // queries that carry the scale of scores are multiplied and divided
        ComesBack(folder, folder["hf"], name == "gemma2-scaled" ? 1e-6 : 0);
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void And_one_of_each_reference_model(string name)
    {
        using var folder = new TemporaryFolder();
        ComesBack(folder, SharedFiles.Path("golden", "families", name), name is "gemma2" or "gemma3-text" ? 1e-6 : 0);
    }

    private static void ComesBack(TemporaryFolder folder, string path, double tolerance)
    {
        using LanguageModel model = LanguageModel.Load(path, Precision.Float32, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(model, RandomAdapter.AllLinear);
        new AdapterGguf(adapted, GgufFileType.Parse("F32"), "a").Write(folder["a.gguf"]);
        using LanguageModel again = LanguageModel.Load(folder["a.gguf"], Precision.Float32, basePath: path);
        ExpectSame(adapted, again, tolerance);
        Assert.Equal(4, again.Adapter!.Config.Rank);
        Assert.Equal(8, again.Adapter.Config.Alpha);
        Assert.Empty(again.Adapter.Config.RankPattern);
        Assert.Equal(adapted.Adapter!.ParameterCount, again.Adapter.ParameterCount);
    }

    private static void ExpectSame(LanguageModel wanted, LanguageModel got, double tolerance)
    {
        using var noGrad = no_grad();
        Dictionary<string, AdapterTensor> others = got.Adapter!.Tensors.ToDictionary(t => t.Name);
        Assert.Equal(wanted.Adapter!.Tensors.Select(t => t.Name).Order(), others.Keys.Order());
        foreach (AdapterTensor tensor in wanted.Adapter.Tensors)
        {
            using var scope = NewDisposeScope();
            Tensor a = tensor.Weight.Values();
            Tensor b = others[tensor.Name].Weight.Values();
            Assert.Equal(a.shape, b.shape);
            double apart = Numbers.Of(a.flatten()).Zip(Numbers.Of(b.flatten()), (x, y) => Math.Abs(x - y)).Max();
            Assert.True(apart <= tolerance, $"{tensor.Name}: {apart}");
        }
    }
}
