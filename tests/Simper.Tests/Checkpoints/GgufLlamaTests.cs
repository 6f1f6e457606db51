using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Testing;
using TorchSharp;

namespace Simper.Tests.Checkpoints;

public class GgufLlamaTests
{
    private static string Stories(string type) => SharedFiles.Path("golden", "gguf", "llama", $"stories260K-{type}.gguf");

    [Fact]
    public void A_float32_file_holds_the_bits_of_the_folder_it_was_made_from()
    {
        using var live = new LiveTensors();
        using Checkpoint gguf = Checkpoint.Open(Stories("F32"));
        using Checkpoint folder = Checkpoint.Open(SharedFiles.Path("data", "stories260K-hf"));
        Assert.Equal(folder.Tensors.Keys.Order(), gguf.Tensors.Keys.Order());
        foreach ((string name, TensorEntry entry) in folder.Tensors)
        {
            Assert.Equal(entry.Shape, gguf.Tensors[name].Shape);
            using torch.Tensor actual = gguf.Read(name);
            using torch.Tensor expected = folder.Read(name);
            Assert.Equal(entry.DType, actual.dtype);
            Assert.Equal(TensorBits.Of(expected), TensorBits.Of(actual));
        }
    }

    [Theory]
    [InlineData("F16", 1e-3)]
    [InlineData("Q8_0", 2e-2)]
    public void A_rounded_file_is_near_the_folder_it_was_made_from(string type, double tolerance)
    {
        using var live = new LiveTensors();
        using Checkpoint gguf = Checkpoint.Open(Stories(type));
        using Checkpoint folder = Checkpoint.Open(SharedFiles.Path("data", "stories260K-hf"));
        Assert.Equal(folder.Tensors.Keys.Order(), gguf.Tensors.Keys.Order());
        foreach (string name in folder.Tensors.Keys)
        {
            using var scope = torch.NewDisposeScope();
            torch.Tensor expected = folder.Read(name);
            torch.Tensor actual = gguf.Read(name).to(torch.float32);
            Assert.InRange((actual - expected).abs().max().item<float>(), 0, tolerance * expected.abs().max().item<float>());
        }
    }

    [Theory]
    [InlineData("F32")]
    [InlineData("F16")]
    [InlineData("Q8_0")]
    public void Keys_and_tensors_are_those_of_the_listing(string type)
    {
        JsonNode listing = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(Stories(type), ".listing.json")))!;
        using GgufFile file = GgufFile.Open(Stories(type));
        JsonArray metadata = listing["metadata"]!.AsArray();
        JsonArray tensors = listing["tensors"]!.AsArray();
        Assert.Equal(metadata.Count, file.Metadata.Values.Count);
        foreach (JsonNode? key in metadata)
            Assert.Equal(key!["value"]!.ToJsonString(), Json(file.Metadata.Values[(string)key["key"]!], key["value"]!));
        Assert.Equal(tensors.Count, file.Tensors.Count);
        foreach (JsonNode? row in tensors)
        {
            GgufTensor tensor = file.Tensors[(string)row!["name"]!];
            Assert.Equal(row["numpy_shape"]!.AsArray().Select(n => (long)n!), tensor.Shape);
            Assert.Equal((string)row["type"]!, tensor.Type.Name);
            Assert.Equal((long)row["absolute_offset"]!, tensor.Offset);
            Assert.Equal((long)row["bytes"]!, tensor.Bytes);
        }
    }

    [Theory]
    [InlineData("F32", "float32")]
    [InlineData("F16", "float16")]
    [InlineData("Q8_0", "float32")]
    public void The_configuration_is_that_of_the_folder(string type, string dtype)
    {
        using Checkpoint gguf = Checkpoint.Open(Stories(type));
        using Checkpoint folder = Checkpoint.Open(SharedFiles.Path("data", "stories260K-hf"));
        AssertSameOnCommonKeys(folder.Config, gguf.Config, except: "torch_dtype");
        Assert.Equal(dtype, (string)gguf.Config["torch_dtype"]!);
        Assert.Equal(1, (int)gguf.GenerationConfig!["bos_token_id"]!);
        Assert.Equal("<unk>", (string)gguf.TokenizerConfig!["unk_token"]!);
        Assert.True((bool)gguf.TokenizerConfig["add_bos_token"]!);
    }

    [Fact]
    public void A_published_chat_model_has_the_configuration_beside_it()
    {
        string folder = SharedFiles.Path("models", "smollm2-135m-instruct");
        using Checkpoint gguf = Checkpoint.Open(folder);
        AssertSameOnCommonKeys(Beside("config.json"), gguf.Config, except: "torch_dtype");
        AssertSameOnCommonKeys(Beside("generation_config.json"), gguf.GenerationConfig!, except: "");
        AssertSameOnCommonKeys(Beside("tokenizer_config.json"), gguf.TokenizerConfig!, except: "tokenizer_class");
        Assert.Equal((string)Beside("tokenizer_config.json")["chat_template"]!, gguf.ChatTemplate);
        Assert.Equal(272, gguf.Tensors.Count);
        Assert.Equal([49152L, 576L], gguf.Tensors["model.embed_tokens.weight"].Shape);
        Assert.Equal("Q4_1", gguf.Tensors["model.layers.7.mlp.down_proj.weight"].FileType);

        JsonObject Beside(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, name)))!.AsObject();
    }

    [Fact]
    public void All_weights_of_a_published_model_are_finite_and_read_without_a_leak()
    {
        using var live = new LiveTensors();
        using Checkpoint gguf = Checkpoint.Open(SharedFiles.Path("models", "smollm2-135m-instruct"));
        foreach ((string name, TensorEntry entry) in gguf.Tensors)
        {
            using torch.Tensor values = gguf.Read(name);
            using torch.Tensor finite = values.isfinite();
            using torch.Tensor all = finite.all();
            Assert.True(all.item<bool>(), name);
            Assert.Equal(entry.Shape, values.shape);
        }
    }

    [Fact]
    public void Rows_of_a_head_go_from_neighbours_to_halves()
    {
        using var live = new LiveTensors();
        using torch.Tensor file = torch.tensor(new long[] { 0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15 });
        using torch.Tensor rows = GgufLlama.HalvesFromPairs(file, heads: 2);
        Assert.Equal([0L, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15], rows.data<long>().ToArray());
    }

    private static void AssertSameOnCommonKeys(JsonObject expected, JsonObject actual, string except)
    {
        string[] common = [.. expected.Select(p => p.Key).Where(k => actual.ContainsKey(k) && k != except)];
        Assert.NotEmpty(common);
        foreach (string key in common)
            Assert.True(SameValue(expected[key], actual[key]), $"{key}: {expected[key]} and {actual[key]}");
    }

    private static bool SameValue(JsonNode? a, JsonNode? b) =>
        JsonNode.DeepEquals(a, b)
        || (
            a is JsonValue
            && b is JsonValue
            && double.TryParse(a.ToString(), out double x)
            && double.TryParse(b.ToString(), out double y)
            && x == y
        );

    /// <summary>A value of the file in the listing's way of writing numbers.</summary>
    private static string Json(object value, JsonNode like) =>
        value switch
        {
            float[] numbers => new JsonArray([
                .. numbers.Zip(like.AsArray(), (n, l) => (JsonNode?)((double)n == (double)l! ? l!.DeepClone() : n)),
            ]).ToJsonString(),
            Array items => new JsonArray([.. items.Cast<object>().Select(i => (JsonNode?)JsonValue.Create(i))]).ToJsonString(),
            float number => (double)number == (double)like ? like.ToJsonString() : $"{number}",
            _ => JsonValue.Create(value)!.ToJsonString(),
        };
}
