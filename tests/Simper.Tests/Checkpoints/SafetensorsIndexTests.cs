using System.Text.Json.Nodes;
using Simper.Checkpoints;
using static Simper.Tests.Checkpoints.SafetensorsBytes;

namespace Simper.Tests.Checkpoints;

public class SafetensorsIndexTests
{
    private const string Index = "model.safetensors.index.json";

    [Fact]
    public void Two_files_that_agree_with_their_index_are_one_model()
    {
        using TemporaryFolder folder = TwoShards();
        using Checkpoint checkpoint = Checkpoint.Open(folder.Path);
        Assert.Equal(["a", "b"], checkpoint.Tensors.Keys.Order());
    }

    [Theory]
    [InlineData("../model-1.safetensors")]
    [InlineData("/etc/model-1.safetensors")]
    [InlineData("sub/model-1.safetensors")]
    [InlineData("sub\\model-1.safetensors")]
    [InlineData("C:model-1.safetensors")]
    [InlineData("\\\\server\\share\\model-1.safetensors")]
    [InlineData("%2e%2e%2fmodel-1.safetensors")]
    [InlineData("model-1.safetensors\u0000.txt")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("model-1.bin")]
    [InlineData("file:model-1.safetensors")]
    public void A_name_that_is_no_plain_file_name_is_refused(string shard)
    {
        using TemporaryFolder folder = TwoShards(index => index["weight_map"]!["a"] = shard);
        AssertFault(folder, "UnsafeShardName");
    }

    [Fact]
    public void A_link_out_of_the_folder_is_refused()
    {
        using TemporaryFolder folder = TwoShards();
        using TemporaryFolder outside = TwoShards();
        File.Delete(folder["model-1.safetensors"]);
        File.CreateSymbolicLink(folder["model-1.safetensors"], outside["model-1.safetensors"]);
        AssertFault(folder, "UnsafeShardName");
    }

    [Fact]
    public void Links_inside_the_folder_and_into_the_blobs_of_a_cache_are_followed()
    {
        using TemporaryFolder shards = TwoShards();
        using TemporaryFolder cache = new();
        string snapshot = Directory.CreateDirectory(cache["models--a--b/snapshots/0123"]).FullName;
        Directory.CreateDirectory(cache["models--a--b/blobs"]);
        foreach (string file in Directory.GetFiles(shards.Path))
        {
            string name = Path.GetFileName(file);
            File.Copy(file, cache["models--a--b/blobs/" + name]);
            File.CreateSymbolicLink(Path.Combine(snapshot, name), "../../blobs/" + name);
        }
        Checkpoint.Open(snapshot).Dispose();

        File.Move(shards["model-1.safetensors"], shards["real.safetensors"]);
        File.CreateSymbolicLink(shards["model-1.safetensors"], "real.safetensors");
        Checkpoint.Open(shards.Path).Dispose();
    }

    public static TheoryData<string, string> Faults() =>
        new()
        {
            { "a shard is missing", "ShardMissing" },
            { "a tensor is not in its shard", "TensorNotInShard" },
            { "a tensor is in two shards", "TensorInTwoShards" },
            { "a shard holds more than the index names", "TensorNotInIndex" },
            { "the total size is wrong", "WrongTotalSize" },
            { "the total size is a text", "WrongTotalSize" },
            { "there is no map", "InvalidIndex" },
            { "the map is empty", "InvalidIndex" },
            { "the map is an array", "InvalidIndex" },
            { "a file name is a number", "InvalidIndex" },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public void An_index_that_does_not_agree_is_refused_by_the_name_of_its_fault(string what, string fault)
    {
        using TemporaryFolder folder = TwoShards(index =>
        {
            JsonNode map = index["weight_map"]!;
            switch (what)
            {
                case "a tensor is not in its shard":
                    map["c"] = "model-1.safetensors";
                    break;
                case "a shard holds more than the index names":
                    map.AsObject().Remove("b");
                    map["b2"] = "model-3.safetensors";
                    break;
                case "the total size is wrong":
                    index["metadata"]!["total_size"] = 15;
                    break;
                case "the total size is a text":
                    index["metadata"]!["total_size"] = "16";
                    break;
                case "there is no map":
                    index.Remove("weight_map");
                    break;
                case "the map is empty":
                    index["weight_map"] = new JsonObject();
                    break;
                case "the map is an array":
                    index["weight_map"] = new JsonArray("model-1.safetensors");
                    break;
                case "a file name is a number":
                    map["a"] = 1;
                    break;
            }
        });
        if (what == "a shard is missing")
            File.Delete(folder["model-2.safetensors"]);
        if (what == "a tensor is in two shards")
            folder.Write("model-2.safetensors", Of("{" + Tensor("a") + "," + Tensor("b", offsets: "[8,16]") + "}", 16));
        if (what == "a shard holds more than the index names")
            folder.Write("model-3.safetensors", Of("{" + Tensor("b2") + "," + Tensor("b3", offsets: "[8,16]") + "}", 16));
        AssertFault(folder, fault);
    }

    private static void AssertFault(TemporaryFolder folder, string fault) =>
        Assert.EndsWith(
            $"[{fault}].",
            Assert.Throws<SimperException>(() => Checkpoint.Open(folder.Path)).Message,
            StringComparison.Ordinal
        );

    private static TemporaryFolder TwoShards(Action<JsonObject>? change = null)
    {
        var folder = new TemporaryFolder();
        folder.Write("config.json", "{\"model_type\":\"llama\"}");
        folder.Write("model-1.safetensors", Of("{" + Tensor("a") + "}", 8));
        folder.Write("model-2.safetensors", Of("{" + Tensor("b") + "}", 8));
        var index = new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_size"] = 16 },
            ["weight_map"] = new JsonObject { ["a"] = "model-1.safetensors", ["b"] = "model-2.safetensors" },
        };
        change?.Invoke(index);
        folder.Write(Index, index.ToJsonString());
        return folder;
    }
}
