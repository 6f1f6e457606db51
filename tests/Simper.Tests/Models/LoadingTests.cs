using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using static TorchSharp.torch;

namespace Simper.Tests.Models;

/// <summary>How weights come from files into a model: in place, mapped, converted, in the files that they were in.</summary>
public sealed class LoadingTests
{
    private static string Demo => Path.Combine(SharedFiles.Repository, "assets", "demo", "model");

    private static TemporaryFolder Copy()
    {
        var folder = new TemporaryFolder();
        foreach (string file in Directory.GetFiles(Demo))
            File.Copy(file, folder[Path.GetFileName(file)]);
        return folder;
    }

    // The demo's model over several files, in another dtype if one is given.
    private static void SaveInShards(string folder, ScalarType? type = null)
    {
        using Checkpoint checkpoint = Checkpoint.Open(Demo);
        CheckpointWriter.Save(
            folder,
            CheckpointFiles.From(checkpoint) with
            {
                Shards = null,
            },
            checkpoint.Tensors.Keys.Select(n => (n, (Func<Tensor>)(() => checkpoint.Read(n)))),
            type,
            shardBytes: 700_000
        );
    }

    private static Dictionary<string, byte[]> Bits(string folder)
    {
        using Checkpoint checkpoint = Checkpoint.Open(folder);
        var bits = new Dictionary<string, byte[]>();
        foreach (string name in checkpoint.Tensors.Keys)
        {
            using Tensor tensor = checkpoint.Read(name);
            bits[name] = TensorBits.Of(tensor);
        }
        return bits;
    }

    public static TheoryData<string, bool, bool> Ways() =>
        [
            .. from dtype in (string[])["float32", "bfloat16"]
            from trainable in (bool[])[false, true]
            from mapped in (bool[])[false, true]
            select new TheoryDataRow<string, bool, bool>(dtype, trainable, mapped),
        ];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_model_has_the_same_weights_however_it_is_loaded(string dtype, bool trainable, bool mapped)
    {
        Precision precision = dtype == "float32" ? Precision.Float32 : Precision.BFloat16;
        using var folder = new TemporaryFolder();
        SaveInShards(folder["model"], precision.Compute); // as the file has them, nothing is converted
        using LanguageModel expected = LanguageModel.Load(Demo, precision, trainable: false);
        using LanguageModel model = LanguageModel.Load(folder["model"], precision, trainable, mapped: mapped);
        Assert.Equal(expected.QuickHash(), model.QuickHash());
        Assert.Equal(expected.ParameterCount, model.ParameterCount);
        Assert.Empty(model.NonFinite);
        // What is mapped outlives the file's name.
        Directory.Delete(folder["model"], recursive: true);
        Assert.Equal(expected.QuickHash(), model.QuickHash());
    }

    [Fact]
    public void A_mapped_model_is_saved_over_the_files_that_it_is_in()
    {
        using TemporaryFolder folder = Copy();
        using LanguageModel model = LanguageModel.Load(folder.Path, Precision.Float32, trainable: false, mapped: true);
        ulong before = model.QuickHash();
        model.Save(folder.Path, ScalarType.BFloat16);
        Assert.Equal(before, model.QuickHash());
        model.Save(folder.Path, ScalarType.Float32);
        Assert.Equal(Bits(Demo).Select(b => b.Value), Bits(folder.Path).Select(b => b.Value));
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void A_model_in_several_files_is_saved_in_the_same_ones(ScalarType type)
    {
        using var folder = new TemporaryFolder();
        SaveInShards(folder["model"], type);
        File.WriteAllText(Path.Combine(folder["model"], "LICENSE"), "terms");
        // Names as other programs give them.
        string index = Path.Combine(folder["model"], "model.safetensors.index.json");
        string[] shards = [.. Directory.GetFiles(folder["model"], "model-*").Select(f => Path.GetFileName(f))];
        Assert.True(shards.Length > 2);
        File.Move(Path.Combine(folder["model"], shards[0]), Path.Combine(folder["model"], "model-first.safetensors"));
        File.WriteAllText(index, File.ReadAllText(index).Replace(shards[0], "model-first.safetensors", StringComparison.Ordinal));
        using LanguageModel model = LanguageModel.Load(folder["model"], Precision.Float32, trainable: false);
        model.Save(folder["saved"], type);
        Assert.Equal(Bits(folder["model"]).OrderBy(b => b.Key), Bits(folder["saved"]).OrderBy(b => b.Key));
        Assert.Equal(
            Directory.GetFiles(folder["model"]).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal),
            Directory.GetFiles(folder["saved"]).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)
        );
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(File.ReadAllText(index)),
                JsonNode.Parse(File.ReadAllText(Path.Combine(folder["saved"], Path.GetFileName(index))))
            )
        );
        model.Save(folder["saved"], type); // over itself
    }

    public static TheoryData<string> Families() => SharedFiles.Rows(() => SharedFiles.Folders("golden", "families"));

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_is_saved_with_the_names_and_files_that_it_came_with(string family)
    {
        string path = SharedFiles.Path("golden", "families", family);
        using var folder = new TemporaryFolder();
        using LanguageModel model = LanguageModel.Load(path, Precision.Float32, trainable: false);
        using (Checkpoint checkpoint = Checkpoint.Open(path))
        {
            model.Save(folder["saved"], checkpoint.Tensors.Values.First().DType);
            using Checkpoint saved = Checkpoint.Open(folder["saved"]);
            Assert.All(saved.Tensors.Keys, n => Assert.True(checkpoint.Tensors.ContainsKey(n), n));
            foreach (string name in saved.Tensors.Keys)
            {
                using Tensor first = checkpoint.Read(name);
                using Tensor second = saved.Read(name);
                Assert.Equal(TensorBits.Of(first), TensorBits.Of(second));
            }
        }
        foreach (string file in Directory.GetFiles(path, "model*"))
            Assert.True(File.Exists(Path.Combine(folder["saved"], Path.GetFileName(file))), Path.GetFileName(file));
    }

    private static string Change(TemporaryFolder folder, Func<string, Tensor, Tensor?> change)
    {
        using (Checkpoint checkpoint = Checkpoint.Open(Demo))
        {
            List<(string, Func<Tensor>)> tensors =
            [
                .. checkpoint.Tensors.Keys.Select(n =>
                    (
                        n,
                        (Func<Tensor>)(
                            () =>
                            {
                                Tensor read = checkpoint.Read(n);
                                return change(n, read) ?? read;
                            }
                        )
                    )
                ),
            ];
            CheckpointWriter.Save(folder["changed"], CheckpointFiles.From(checkpoint), tensors);
        }
        return folder["changed"];
    }

    [Fact]
    public void Tensors_that_do_not_fit_are_all_named_before_any_is_read()
    {
        using var folder = new TemporaryFolder();
        string path = Change(
            folder,
            (name, read) =>
                name.EndsWith("layers.1.self_attn.q_proj.weight", StringComparison.Ordinal) ? Of(read, ScalarType.Int8)
                : name.EndsWith("layers.2.self_attn.k_proj.weight", StringComparison.Ordinal) ? Of(read, ScalarType.Bool)
                : name == "model.norm.weight" ? Cut(read)
                : null
        );
        string error = Assert.Throws<SimperException>(() => LanguageModel.Load(path)).Message;
        Assert.StartsWith($"{path}: the weights do not fit config.json: ", error, StringComparison.Ordinal);
        Assert.Contains(
            "layers.1.self_attn.q_proj.weight is of type I8, not of F32, F16 or BF16",
            error,
            StringComparison.Ordinal
        );
        Assert.Contains("layers.2.self_attn.k_proj.weight is of type BOOL", error, StringComparison.Ordinal);
        Assert.Contains("model.norm.weight is [127], not [128]", error, StringComparison.Ordinal);

        static Tensor Of(Tensor read, ScalarType type)
        {
            using (read)
                return read.to(type);
        }

        static Tensor Cut(Tensor read)
        {
            using (read)
                return read.narrow(0, 0, 127).clone();
        }
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.BFloat16, true)]
    [InlineData(ScalarType.Float16, false)]
    [InlineData(ScalarType.Float64, false)]
    public void Values_that_are_not_finite_are_counted_and_said(ScalarType type, bool mapped)
    {
        using var folder = new TemporaryFolder();
        string path = Change(
            folder,
            (name, read) =>
            {
                using (read)
                {
                    Tensor changed = read.to(type);
                    if (!name.EndsWith("layers.1.mlp.down_proj.weight", StringComparison.Ordinal))
                        return changed;
                    using Tensor some = changed.view(-1).narrow(0, 1000, 5);
                    using Tensor bad = HeldNumbers.Filled(double.NaN, type, 5);
                    some.copy_(bad);
                    return changed;
                }
            }
        );
        using LanguageModel model = LanguageModel.Load(path, Precision.BFloat16, trainable: false, mapped: mapped);
        Assert.Equal([("model.layers.1.mlp.down_proj.weight", 5L)], model.NonFinite);
        Assert.Contains("5 weights are NaN or infinite, the first in model.layers.1.mlp.down_proj.weight", model.Warning);
        using LanguageModel whole = LanguageModel.Load(Demo, Precision.BFloat16, trainable: false);
        Assert.Null(whole.Warning);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("tokenizer.json")]
    [InlineData("config.json")]
    [InlineData("generation_config.json")]
    [InlineData("other.gguf")]
    public void A_pointer_of_git_lfs_is_told_from_the_file(string name)
    {
        using TemporaryFolder folder = Copy();
        if (name == "other.gguf")
            File.Delete(folder["model.safetensors"]);
        folder.Write(
            name,
            Encoding.ASCII.GetBytes($"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('a', 64)}\nsize 123\n")
        );
        string error = Assert.Throws<SimperException>(() => LanguageModel.Load(folder.Path).Dispose()).Message;
        Assert.Contains(
            $"{folder[name]}: it is a pointer of Git LFS, not the file itself; fetch that with git lfs pull",
            error,
            StringComparison.Ordinal
        );
        Assert.EndsWith("[GitLfsPointer].", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_is_read_into_every_type_as_torch_converts_it()
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        const int count = (4 << 20) + 12_345; // more than is converted at once
        ScalarType[] types = [ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64];
        using Tensor waves = tensor([.. Enumerable.Range(0, count).Select(i => MathF.Sin(i))]);
        var files = new CheckpointFiles { Config = new JsonObject { ["model_type"] = "llama" } };
        CheckpointWriter.Save(folder["m"], files, types.Select(t => (t.ToString(), (Func<Tensor>)(() => waves.to(t)))));
        using Checkpoint checkpoint = Checkpoint.Open(folder["m"]);
        foreach (ScalarType from in types)
        {
            using Tensor read = checkpoint.Read(from.ToString());
            foreach (ScalarType to in types)
            {
                using Tensor into = empty([count], to);
                Assert.Equal(0, checkpoint.ReadInto(from.ToString(), into));
                using Tensor expected = read.to(to);
                Assert.True(expected.Equals(into), $"{from} to {to}");
            }
        }
    }
}
