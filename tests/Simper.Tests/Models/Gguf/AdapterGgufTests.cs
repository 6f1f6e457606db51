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
    private static readonly int[] Ids = [.. Enumerable.Range(0, 40).Select(i => (i * 37 + 5) % TinyModels.Words)];

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

    [Theory]
    [MemberData(nameof(Names))]
    public void A_merged_file_computes_what_the_model_with_its_adapter_does(string name)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], name);
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float64, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(model, RandomAdapter.AllLinear);
        new GgufExport(adapted, GgufFileType.Parse("F32"), "m").Write(folder["m.gguf"]);
        using LanguageModel merged = LanguageModel.Load(folder["m.gguf"], Precision.Float64, trainable: false);
        using Tensor without = GoldenFile.Logits(model, Ids);
        using Tensor expected = GoldenFile.Logits(adapted, Ids);
        using Tensor logits = GoldenFile.Logits(merged, Ids);
        Assert.True(Numbers.RelativeDistance(without, expected) > 0.1);
        Assert.True(Numbers.RelativeDistance(logits, expected) < 1e-6);
    }

    [Theory]
    [InlineData("llama", "embed_tokens", "lm_head")]
    [InlineData("llama-tied", "embed_tokens", "q_proj")]
    [InlineData("llama-tied", "lm_head", "q_proj")]
    public void So_it_does_where_embedding_and_head_are_adapted(string name, string one, string other)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], name);
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float64, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(
            model,
            RandomAdapter.AllLinear with
            {
                TargetModules = ModuleNames.Of([one, other]),
            }
        );
        new GgufExport(adapted, GgufFileType.Parse("F32"), "m").Write(folder["m.gguf"]);
        using LanguageModel merged = LanguageModel.Load(folder["m.gguf"], Precision.Float64, trainable: false);
        Assert.False(merged.Shape.TiedHead);
        using Tensor expected = GoldenFile.Logits(adapted, Ids);
        using Tensor logits = GoldenFile.Logits(merged, Ids);
        Assert.True(Numbers.RelativeDistance(logits, expected) < 1e-6);
    }

    [Fact]
    public void The_file_has_the_names_shapes_and_rows_of_the_model_s_own()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], "llama");
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float32, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(
            model,
            RandomAdapter.AllLinear with
            {
                TargetModules = ModuleNames.Of(["q_proj", "down_proj", "embed_tokens"]),
            }
        );
        new AdapterGguf(adapted, GgufFileType.Parse("F16"), "mine").Write(folder["a.gguf"]);
        using GgufFile file = GgufFile.Open(folder["a.gguf"]);
        Assert.Equal("adapter", file.Metadata.Text("general.type"));
        Assert.Equal("lora", file.Metadata.Text("adapter.type"));
        Assert.Equal("llama", file.Metadata.Text("general.architecture"));
        Assert.Equal(8f, file.Metadata.Values["adapter.lora.alpha"]);
        Assert.Equal(2 * (1 + 4 * 2), file.Tensors.Count);
        Assert.All(file.Tensors.Values, t => Assert.Equal("F16", t.Type.Name));
        Assert.Equal([320, 4], file.Tensors["token_embd.weight.lora_a"].Shape);
        Assert.Equal([64, 4], file.Tensors["token_embd.weight.lora_b"].Shape);
        Assert.Equal([4, 64], file.Tensors["blk.3.attn_q.weight.lora_a"].Shape);
        Assert.Equal([96, 4], file.Tensors["blk.3.attn_q.weight.lora_b"].Shape);
        Assert.Equal([4, 96], file.Tensors["blk.0.ffn_down.weight.lora_a"].Shape);
        // heads of 24 rows: what is rotated with row 0 is row 12, and lies beside it
        using var scope = NewDisposeScope();
        Tensor b = adapted
            .Adapter!.Published((w, first, rows) => w.Values(first, rows))
            .Single(t => t.Name == "base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight")
            .Tensor();
        Tensor stored = file.Read("blk.3.attn_q.weight.lora_b").to(ScalarType.Float32);
        foreach ((int row, int published) in ((int, int)[])[(0, 0), (1, 12), (2, 1), (23, 23), (24, 24), (25, 36)])
            Assert.Equal(Numbers.Of(b[published].to(ScalarType.Float16).to(ScalarType.Float32)), Numbers.Of(stored[row]));
    }

    [Theory]
    [InlineData(false, 8.0)] // as it is
    [InlineData(true, 16.0)] // 8 / √4 = 16 / 4
    public void The_alpha_is_that_of_most_modules_and_others_scale_their_b(bool isRsLora, double alpha)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], "qwen2");
        AdapterConfig config = RandomAdapter.AllLinear with
        {
            UseRsLora = isRsLora,
            RankPattern = [new("up_proj", 2)],
            AlphaPattern = [new("up_proj", 3)],
        };
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float64, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(model, config);
        var written = new AdapterGguf(adapted, GgufFileType.Parse("F32"), "mine");
        written.Write(folder["a.gguf"]);
        Assert.Equal(4, written.Notes.Count);
        Assert.All(written.Notes, n => Assert.Contains("ffn_up", n, StringComparison.Ordinal));
        using (GgufFile file = GgufFile.Open(folder["a.gguf"]))
        {
            Assert.Equal((float)alpha, file.Metadata.Values["adapter.lora.alpha"]);
            // its scale is 3 / 2 or 3 / √2, and that of the file α / 2
            double factor = (isRsLora ? 3 / Math.Sqrt(2) : 1.5) / (alpha / 2);
            using var scope = NewDisposeScope();
            Tensor b = adapted
                .Adapter!.Tensors.Single(t => t.Name.EndsWith("2.mlp.up_proj.lora_B.weight", StringComparison.Ordinal))
                .Weight.Values();
            Tensor stored = file.Read("blk.2.ffn_up.weight.lora_b");
            Assert.True(Numbers.RelativeDistance(b.Times(factor), stored.to(ScalarType.Float64)) < 1e-7);
        }
        using LanguageModel again = model.WithAdapter(folder["a.gguf"]);
        Assert.Equal(2, again.Adapter!.Config.RankOf("model.layers.1.mlp.up_proj"));
        Assert.Equal(4, again.Adapter.Config.RankOf("model.layers.1.mlp.gate_proj"));
        using Tensor expected = GoldenFile.Logits(adapted, Ids);
        using Tensor logits = GoldenFile.Logits(again, Ids);
        Assert.True(Numbers.RelativeDistance(logits, expected) < 1e-6);
    }

    [Fact]
    public void What_began_as_a_pissa_is_written_over_the_model_as_published()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], "llama");
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float32, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(model, RandomAdapter.AllLinear with { Start = AdapterStart.Pissa });
        new AdapterGguf(adapted, GgufFileType.Parse("F32"), "mine").Write(folder["a.gguf"]);
        using LanguageModel again = model.WithAdapter(folder["a.gguf"]);
        Assert.Equal(8, again.Adapter!.Config.Rank); // both
        using Tensor expected = GoldenFile.Logits(adapted, Ids);
        using Tensor logits = GoldenFile.Logits(again, Ids);
        Assert.True(Numbers.RelativeDistance(logits, expected) < 1e-5);
    }

    [Theory]
    [InlineData("dora", "llama", "DoRA")]
    [InlineData("save", "llama", "modules_to_save: lm_head.weight")]
    [InlineData("bias", "llama", "model.layers.0.mlp.down_proj.bias")]
    [InlineData("embedding", "llama-tied", "model.embed_tokens alone where the head is the same matrix")]
    [InlineData("head", "llama-tied", "lm_head where the head is the embedding")]
    [InlineData("head", "gemma", "lm_head where the head is the embedding")]
    [InlineData("expert", "mixtral", "some experts and not of all")]
    [InlineData("ranks", "mixtral", "different ranks")]
    public void What_the_file_cannot_hold_is_refused_by_name_with_advice(string what, string name, string said)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], name);
        AdapterConfig config = RandomAdapter.AllLinear;
        config = what switch
        {
            "dora" => config with { UseDora = true },
            "save" => config with { ModulesToSave = ["lm_head"] },
            "bias" => config with { Bias = AdapterBias.LoraOnly },
            "embedding" => config with { TargetModules = ModuleNames.Of(["embed_tokens"]) },
            "head" => config with { TargetModules = ModuleNames.Of(["lm_head"]) },
            "expert" => config with { TargetModules = ModuleNames.Matching(@".*\.experts\.[0-4]\.w1") },
            _ => config with { RankPattern = [new(@"experts\.3\.w1", 2)] },
        };
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float32, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(model, config);
        string message = Assert
            .Throws<SimperException>(() => new AdapterGguf(adapted, GgufFileType.Parse("F32"), "mine"))
            .Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.Contains("merge the adapter", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Quantised_types_and_models_without_an_adapter_are_refused()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], "llama");
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float32, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(model, RandomAdapter.AllLinear);
        string Said(LanguageModel m, string type) =>
            Assert.Throws<SimperException>(() => new AdapterGguf(m, GgufFileType.Parse(type), "mine")).Message;
        Assert.Contains("F32, F16, BF16", Said(adapted, "Q8_0"), StringComparison.Ordinal);
        Assert.Contains("no adapter", Said(model, "F32"), StringComparison.Ordinal);
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
