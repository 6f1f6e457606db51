using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Gguf;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Golden;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Gguf;

/// <summary>Adapters in files that others wrote: what they may say, and what is refused.</summary>
public sealed class AdapterGgufFileTests : IDisposable
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 20).Select(i => (i * 37 + 5) % TinyModels.Words)];

    private readonly TemporaryFolder _folder = new();

    public AdapterGgufFileTests() => TinyModels.Write(_folder["hf"], "llama");

    public void Dispose() => _folder.Dispose();

    private string File => _folder["a.gguf"];

    // An adapter of the queries of the first layer with rank 2.
    private void Write(
        Func<Dictionary<string, object>, Dictionary<string, object>>? keys = null,
        Func<Dictionary<string, long[]>, Dictionary<string, long[]>>? tensors = null
    )
    {
        Dictionary<string, object> all = new()
        {
            ["general.architecture"] = "llama",
            ["general.type"] = "adapter",
            ["adapter.type"] = "lora",
            ["adapter.lora.alpha"] = 6f,
        };
        Dictionary<string, long[]> shapes = new()
        {
            ["blk.0.attn_q.weight.lora_a"] = [2, 64],
            ["blk.0.attn_q.weight.lora_b"] = [96, 2],
        };
        all = keys?.Invoke(all) ?? all;
        shapes = tensors?.Invoke(shapes) ?? shapes;
        using var generator = new Generator(3, CPU);
        using var writer = new GgufWriter(
            File,
            [.. all],
            [.. shapes.Select(s => new GgufPlannedTensor(s.Key, GgufTypes.Named("F32"), s.Value))]
        );
        foreach (long[] shape in shapes.Values)
        {
            using Tensor values = randn(shape, generator: generator);
            writer.Write(values);
        }
        writer.Finish();
    }

    private LanguageModel Model(Precision? precision = null) =>
        LanguageModel.Load(_folder["hf"], precision ?? Precision.Float32, trainable: false);

    [Theory]
    [InlineData(6.0, 3.0)]
    [InlineData(0.0, 1.0)] // as llama.cpp reads it
    [InlineData(null, 1.0)]
    public void The_scale_is_alpha_over_the_rank_and_1_without_alpha(double? alpha, double scale)
    {
        Write(keys =>
        {
            keys.Remove("adapter.lora.alpha");
            if (alpha is { } given)
                keys["adapter.lora.alpha"] = (float)given;
            return keys;
        });
        using LanguageModel model = Model();
        using LanguageModel adapted = model.WithAdapter(File);
        AdapterTarget target = Assert.Single(adapted.Adapter!.Plan.Targets);
        Assert.Equal("model.layers.0.self_attn.q_proj", target.Module.Name);
        Assert.Equal(scale, target.Scale);
        Assert.Equal(2, target.Rank);
    }

    [Fact]
    public void A_fused_tensor_gives_each_of_its_modules_the_same_a_and_its_own_rows()
    {
        // 4 heads and 2 of keys and of values, each 24 wide
        Write(tensors: _ => new() { ["blk.1.attn_qkv.weight.lora_a"] = [2, 64], ["blk.1.attn_qkv.weight.lora_b"] = [192, 2] });
        using var scope = NewDisposeScope();
        using LanguageModel model = Model();
        using LanguageModel adapted = model.WithAdapter(File);
        using GgufFile file = GgufFile.Open(File);
        Dictionary<string, AdapterTensor> tensors = adapted.Adapter!.Tensors.ToDictionary(t => t.Name);
        Assert.Equal(6, tensors.Count);
        foreach ((string module, int first, int rows) in ((string, int, int)[])[("q", 0, 96), ("k", 96, 48), ("v", 144, 48)])
        {
            string path = $"base_model.model.model.layers.1.self_attn.{module}_proj.lora_";
            Assert.Equal(
                Numbers.Of(file.Read("blk.1.attn_qkv.weight.lora_a").flatten()),
                Numbers.Of(tensors[path + "A.weight"].Weight.Values().flatten())
            );
            Assert.Equal(
                Numbers.Of(file.Read("blk.1.attn_qkv.weight.lora_b").narrow(0, first, rows).flatten()),
                Numbers.Of(tensors[path + "B.weight"].Weight.Values().flatten())
            );
        }
    }

    [Fact]
    public void A_folder_that_holds_the_one_file_is_the_adapter()
    {
        Write();
        Directory.CreateDirectory(_folder["out"]);
        System.IO.File.Move(File, Path.Combine(_folder["out"], "a.gguf"));
        using LanguageModel adapted = LanguageModel.Load(_folder["out"], basePath: _folder["hf"], trainable: false);
        Assert.Equal(2, adapted.Adapter!.Config.Rank);
        Assert.Equal(64, LanguageModel.WidthOf(_folder["out"], _folder["hf"]));
    }

    [Fact]
    public void It_trains_on_and_is_saved_as_a_folder_that_names_its_model()
    {
        Write();
        using LanguageModel adapted = LanguageModel.Load(File, Precision.Float32, basePath: _folder["hf"]);
        Assert.Equal(2 * 64 + 96 * 2, adapted.TrainedCount);
        adapted.Save(_folder["saved"]);
        using LanguageModel again = LanguageModel.Load(_folder["saved"], Precision.Float32);
        Assert.Equal(adapted.QuickHash(), again.QuickHash());
    }

    [Fact]
    public void It_lies_over_quantised_matrices_as_over_their_values()
    {
        using (LanguageModel model = Model())
            new GgufExport(model, GgufFileType.Parse("Q8_0"), "m").Write(_folder["m.gguf"]);
        Write();
        LanguageModel Load(FrozenWeights frozen) =>
            LanguageModel.Load(File, Precision.Float64, trainable: false, frozen: frozen, basePath: _folder["m.gguf"]);
        using LanguageModel packed = Load(FrozenWeights.Packed);
        using LanguageModel unpacked = Load(FrozenWeights.Unpacked);
        using LanguageModel plain = LanguageModel.Load(_folder["m.gguf"], Precision.Float64, trainable: false);
        using Tensor expected = GoldenFile.Logits(unpacked, Ids);
        using Tensor logits = GoldenFile.Logits(packed, Ids);
        using Tensor without = GoldenFile.Logits(plain, Ids);
        Assert.True(Numbers.RelativeDistance(logits, expected) < 1e-12);
        Assert.True(Numbers.RelativeDistance(without, expected) > 1e-2);
    }

    [Fact]
    public void Without_its_model_it_is_refused_and_as_a_model_it_says_what_it_is()
    {
        Write();
        Assert.Contains(
            "base_model_name_or_path",
            Assert.Throws<SimperException>(() => LanguageModel.Load(File)).Message,
            StringComparison.Ordinal
        );
        Assert.Contains("an adapter", Assert.Throws<SimperException>(() => Checkpoint.Open(File)).Message);
        string itself = Assert.Throws<SimperException>(() => LanguageModel.Load(File, basePath: File)).Message;
        Assert.Contains("an adapter itself", itself, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adapter.type", "ia3", "of the kind 'ia3'")]
    [InlineData("adapter.type", null, "does not say its kind")]
    [InlineData("general.type", "model", "a model and no adapter")]
    [InlineData("general.architecture", "controlvector", "a control vector")]
    [InlineData("general.architecture", "qwen2", "'qwen2'")]
    public void Other_kinds_are_refused_by_name(string key, string? value, string said)
    {
        Write(keys =>
        {
            keys.Remove(key);
            if (value is not null)
                keys[key] = value;
            return keys;
        });
        using LanguageModel model = Model();
        Assert.Contains(said, Assert.Throws<SimperException>(() => model.WithAdapter(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_activated_adapter_is_refused()
    {
        Write(keys =>
        {
            keys["adapter.alora.invocation_tokens"] = (uint[])[1, 2];
            return keys;
        });
        string said = Assert.Throws<SimperException>(() => LanguageModel.Load(File, basePath: _folder["hf"])).Message;
        Assert.Contains("aLoRA", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blk.0.attn_q.weight.lora_a", null, "blk.0.attn_q.weight.lora_a is missing")]
    [InlineData("blk.0.attn_q.weight.lora_b", null, "blk.0.attn_q.weight.lora_b is missing")]
    [InlineData("blk.0.attn_q.weight.lora_a", "3, 64", "lora_a is [3, 64], not [2, 64]")]
    [InlineData("blk.0.attn_q.weight.lora_a", "2, 60", "lora_a is [2, 60], not [2, 64]")]
    [InlineData("blk.0.attn_q.weight.lora_b", "64, 2", "lora_b is [64, 2], not [96, 2]")]
    [InlineData("blk.0.attn_q.weight.lora_b", "192", "lora_b is [192], not [96, 192]")]
    [InlineData("blk.4.attn_q.weight.lora_a", "2, 64", "'blk.4.attn_q.weight.lora_a' is not expected")]
    [InlineData("blk.0.attn_norm.weight", "64", "'blk.0.attn_norm.weight' is not expected")]
    public void Wrong_and_left_over_tensors_are_named(string tensor, string? shape, string said)
    {
        Write(tensors: shapes =>
        {
            shapes.Remove(tensor);
            if (shape is not null)
                shapes[tensor] = [.. shape.Split(", ").Select(long.Parse)];
            return shapes;
        });
        using LanguageModel model = Model();
        Assert.Contains(said, Assert.Throws<SimperException>(() => model.WithAdapter(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_with_changed_bytes_are_refused_or_read()
    {
        Write();
        byte[] original = System.IO.File.ReadAllBytes(File);
        int head = original.Length - 4 * (2 * 64 + 96 * 2); // what stands before the values
        using LanguageModel model = Model();
        string path = _folder["changed.gguf"];
        MutationRun.Read(
            15,
            "GGUF (adapter)",
            Counts.Of(300, 20_000),
            seed =>
            {
                var random = new Random(seed);
                byte[] file = [.. original];
                for (int i = random.Next(1, 4); i > 0; i--)
                {
                    int place = random.Next(8, head - 8);
                    if (random.Next(2) == 0)
                        file[place] ^= (byte)(1 << random.Next(8));
                    else
                        BitConverter.GetBytes(random.NextInt64() >> random.Next(64)).CopyTo(file.AsSpan(place));
                }
                return random.Next(10) == 0 ? file[..random.Next(file.Length)] : file;
            },
            file =>
            {
                System.IO.File.WriteAllBytes(path, file);
                _ = AdapterSource.Find(path);
                model.WithAdapter(path).Dispose();
            }
        );
    }

    [Fact]
    public void A_file_without_tensors_is_refused()
    {
        Write(tensors: _ => []);
        using LanguageModel model = Model();
        string said = Assert.Throws<SimperException>(() => model.WithAdapter(File)).Message;
        Assert.Contains("there are none", said, StringComparison.Ordinal);
    }
}
