using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Tensors;
using Simper.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Checkpoints;

public class CheckpointWriterTests
{
    private static readonly CheckpointFiles Files = new()
    {
        Config = new JsonObject
        {
            ["model_type"] = "llama",
            ["tie_word_embeddings"] = true,
            ["torch_dtype"] = "float32",
        },
        GenerationConfig = new JsonObject { ["eos_token_id"] = 2 },
        Others = new Dictionary<string, byte[]> { ["tokenizer.json"] = Encoding.UTF8.GetBytes("{ \"odd\":   1e-05 }") },
    };

    public static TheoryData<ScalarType> Types() =>
        [
            ScalarType.Bool,
            ScalarType.Byte,
            ScalarType.Int8,
            ScalarType.Int16,
            ScalarType.Int32,
            ScalarType.Int64,
            ScalarType.Float16,
            ScalarType.BFloat16,
            ScalarType.Float32,
            ScalarType.Float64,
            ScalarType.ComplexFloat32,
        ];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_type_and_rank_comes_back_as_it_was(ScalarType type)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = new()
        {
            ["number"] = Numbers(1, type).reshape([]),
            ["none"] = Numbers(0, type).reshape(0, 3),
            ["row"] = Numbers(7, type),
            ["transposed"] = Numbers(15, type).reshape(3, 5).t(),
            ["name.with \"quotes\" and é"] = Numbers(24, type).reshape(2, 3, 4),
        };
        CheckpointWriter.Save(folder["m"], Files, Sources(tensors));

        using Checkpoint read = Checkpoint.Open(folder["m"]);
        Assert.Equal(tensors.Keys.Order(), read.Tensors.Keys.Order());
        foreach ((string name, Tensor expected) in tensors)
        {
            using Tensor actual = read.Read(name);
            Assert.Equal(type, actual.dtype);
            Assert.Equal(expected.shape, actual.shape);
            Assert.Equal(TensorBits.Of(expected), TensorBits.Of(actual));
        }
    }

    [Fact]
    public void Views_lie_over_the_file_and_outlive_it()
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Tensor expected = Numbers(4096, ScalarType.BFloat16);
        CheckpointWriter.Save(folder["m"], Files, Sources(new() { ["a"] = expected, ["b"] = Numbers(3, ScalarType.Float32) }));
        string path = Path.Combine(folder["m"], "model.safetensors");
        byte[] before = File.ReadAllBytes(path);

        SafetensorsFile file = SafetensorsFile.Open(path);
        Tensor first = file.View("a");
        Tensor second = file.View("a");
        Tensor other = file.View("b");
        file.Dispose();
        first.Dispose();
        Assert.Equal(TensorBits.Of(expected), TensorBits.Of(second));
        second.zero_();
        Assert.Equal(before, File.ReadAllBytes(path));
        second.Dispose();
        Assert.Equal(2f, other[1].item<float>());
        Assert.Throws<ObjectDisposedException>(() => file.View("b"));
    }

    [Fact]
    public void Types_of_every_width_are_aligned_and_only_fractions_are_converted()
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = new()
        {
            ["flags"] = Numbers(3, ScalarType.Bool),
            ["half"] = Numbers(5, ScalarType.Float16),
            ["wide"] = Numbers(3, ScalarType.Float64),
            ["ids"] = Numbers(3, ScalarType.Int64),
        };
        CheckpointWriter.Save(folder["m"], Files, Sources(tensors), ScalarType.BFloat16);
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder["m"], "model.safetensors"));
        Assert.Equal(["BF16", "BF16", "BOOL", "I64"], file.Tensors.Values.Select(t => t.Type.Name).Order());
        Assert.All(file.Tensors.Values, t => Assert.Equal(0, t.Offset % (t.Type.Bits / 8)));
        Assert.Equal("pt", file.Metadata["format"]);
        using Checkpoint read = Checkpoint.Open(folder["m"]);
        Assert.Equal("bfloat16", (string)read.Config["torch_dtype"]!);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(40, 3)]
    [InlineData(1_000_000, 1)]
    public void Shards_hold_no_more_than_asked_and_read_as_one(long shardBytes, int files)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = Enumerable
            .Range(0, 5)
            .ToDictionary(i => $"t{i}", _ => Numbers(5, ScalarType.Float32));
        CheckpointWriter.Save(folder["m"], Files, Sources(tensors), shardBytes: shardBytes);
        Assert.Equal(files, Directory.GetFiles(folder["m"], "*.safetensors").Length);
        Assert.Equal(files > 1, File.Exists(Path.Combine(folder["m"], "model.safetensors.index.json")));
        using Checkpoint read = Checkpoint.Open(folder["m"]);
        foreach ((string name, Tensor expected) in tensors)
        {
            using Tensor actual = read.Read(name);
            Assert.Equal(TensorBits.Of(expected), TensorBits.Of(actual));
        }
    }

    [Fact]
    public void Configuration_and_tokenizer_pass_through()
    {
        using var folder = new TemporaryFolder();
        string source = SharedFiles.Path("data", "stories260K-hf");
        using Checkpoint first = Checkpoint.Open(source);
        CheckpointWriter.Save(
            folder["m"],
            CheckpointFiles.From(first),
            first.Tensors.Keys.Select(n => (n, (Func<Tensor>)(() => first.Read(n))))
        );
        using Checkpoint second = Checkpoint.Open(folder["m"]);
        Assert.True(JsonNode.DeepEquals(first.Config, second.Config));
        Assert.True(JsonNode.DeepEquals(first.GenerationConfig, second.GenerationConfig));
        foreach (
            string name in (string[])["tokenizer.json", "tokenizer_config.json", "tokenizer.model", "special_tokens_map.json"]
        )
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, name)), File.ReadAllBytes(Path.Combine(folder["m"], name)));
        Assert.Contains("1e-05", File.ReadAllText(Path.Combine(folder["m"], "config.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gguf_file_saved_as_a_folder_reads_the_same()
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        using Checkpoint gguf = Checkpoint.Open(SharedFiles.Path("golden", "gguf", "llama", "stories260K-Q8_0.gguf"));
        CheckpointWriter.Save(
            folder["m"],
            CheckpointFiles.From(gguf),
            gguf.Tensors.Keys.Select(n => (n, (Func<Tensor>)(() => gguf.Read(n))))
        );
        using Checkpoint saved = Checkpoint.Open(folder["m"]);
        Assert.True(JsonNode.DeepEquals(gguf.Config, saved.Config));
        Assert.True(JsonNode.DeepEquals(gguf.TokenizerConfig, saved.TokenizerConfig));
        foreach (string name in gguf.Tensors.Keys)
        {
            using Tensor expected = gguf.Read(name);
            using Tensor actual = saved.Read(name);
            Assert.Equal(TensorBits.Of(expected), TensorBits.Of(actual));
        }
    }

    [Fact]
    public void A_failure_leaves_the_earlier_model_and_nothing_aside()
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        Tensor old = Numbers(3, ScalarType.Float32);
        CheckpointWriter.Save(folder["m"], Files, Sources(new() { ["a"] = old }));
        int calls = 0;
        Func<Tensor> failing = () => ++calls == 2 ? throw new InvalidOperationException("no more") : ones(3);
        Assert.Throws<InvalidOperationException>(() =>
            CheckpointWriter.Save(folder["m"], Files, [("a", () => zeros(3)), ("b", failing)])
        );
        Assert.Equal([folder["m"]], Directory.GetFileSystemEntries(folder.Path));
        using Checkpoint read = Checkpoint.Open(folder["m"]);
        using Tensor actual = read.Read("a");
        Assert.Equal(TensorBits.Of(old), TensorBits.Of(actual));
    }

    [Fact]
    public void Saving_over_a_model_that_is_open_leaves_its_tensors_as_they_were()
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        CheckpointWriter.Save(folder["m"], Files, [("a", () => ones(100_000)), ("b", () => ones(3))]);
        using SafetensorsFile open = SafetensorsFile.Open(Path.Combine(folder["m"], "model.safetensors"));
        Tensor view = open.View("a");
        CheckpointWriter.Save(folder["m"], Files, [("a", () => open.View("a").Times(2L))]);
        Assert.Equal(100_000f, view.sum().item<float>());
        Assert.Equal([folder["m"]], Directory.GetFileSystemEntries(folder.Path));
        using Checkpoint read = Checkpoint.Open(folder["m"]);
        Assert.Equal(["a"], read.Tensors.Keys);
        Assert.Equal(200_000f, read.Read("a").sum().item<float>());
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("pairs.json")]
    public void A_folder_with_other_things_is_not_replaced(string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["m"]);
        File.WriteAllText(Path.Combine(folder["m"], name), "mine");
        var refusal = Assert.Throws<SimperException>(() => CheckpointWriter.Save(folder["m"], Files, [("a", () => ones(3))]));
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder["m"], name)));
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_but_nothing_else()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in (string[])["m.tmp-0123abcd", "m.tmp-notes", "mm.tmp-0123abcd", "m.tmp-89abcdef"])
            Directory.CreateDirectory(folder[name]);
        using (FolderLock? held = FolderLock.TryTake(folder["m.tmp-89abcdef"]))
        {
            Assert.NotNull(held);
            CheckpointWriter.Save(folder["m"], Files, [("a", () => ones(3))]);
        }
        Assert.Equal(
            ["m", "m.tmp-89abcdef", "m.tmp-notes", "mm.tmp-0123abcd"],
            Directory.GetDirectories(folder.Path).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void A_file_name_with_a_path_is_refused()
    {
        using var folder = new TemporaryFolder();
        CheckpointFiles files = Files with { Others = new Dictionary<string, byte[]> { ["../evil.json"] = [1] } };
        Assert.Throws<ArgumentException>(() => CheckpointWriter.Save(folder["m"], files, [("a", () => ones(3))]));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static Tensor Numbers(int count, ScalarType type) => HeldNumbers.Range(count).Plus(1L).to(type);

    private static IEnumerable<(string, Func<Tensor>)> Sources(Dictionary<string, Tensor> tensors) =>
        tensors.Select(t => (t.Key, (Func<Tensor>)(() => t.Value.alias())));
}
