using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Testing;
using TorchSharp;

namespace Simper.Tests.Checkpoints;

public class GgufMalformedTests
{
    /// <summary>What Simper does where readers differ.</summary>
    private static readonly Dictionary<string, bool> Accepted = new()
    {
        ["valid_no_tail_padding.gguf"] = true,
        ["valid_tensor_order_differs_from_offset_order.gguf"] = true,
        ["hole_between_tensors.gguf"] = true,
        ["tensor_name_too_long.gguf"] = true, // 64 bytes, as many as the specification allows.
        ["array_of_arrays.gguf"] = false,
        ["tensor_name_empty.gguf"] = false,
        ["dim_zero.gguf"] = false,
    };

    public static TheoryData<string, string> Files()
    {
        var rows = new TheoryData<string, string>();
        if (SharedFiles.Root is not { } root)
            return
            [
                new TheoryDataRow<string, string>("the files are among the reference files", "") { Skip = SharedFiles.Reason },
            ];
        string list = File.ReadAllText(Path.Combine(root, "golden", "gguf", "malformed", "malformed.json"));
        foreach (JsonNode? file in JsonNode.Parse(list)!["files"]!.AsArray())
            rows.Add((string)file!["file"]!, (string)file["expect"]!);
        return rows;
    }

    [Fact]
    public void There_are_at_least_sixty_files() =>
        Assert.InRange(
            JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "gguf", "malformed", "malformed.json")))!["files"]!
                .AsArray()
                .Count,
            60,
            int.MaxValue
        );

    [Theory]
    [MemberData(nameof(Files))]
    public void A_malformed_file_is_refused_and_a_valid_one_is_read(string name, string expect)
    {
        using var live = new LiveTensors();
        string path = SharedFiles.Path("golden", "gguf", "malformed", name);
        if (expect == "accept" || (expect == "either" && Accepted[name]))
        {
            using GgufFile file = GgufFile.Open(path);
            foreach (string tensor in file.Tensors.Keys)
                file.Read(tensor).Dispose();
            return;
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Assert.Throws<SimperException>(() => GgufFile.Open(path));
        Assert.StartsWith(path, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("].", refusal.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 21);
    }
}
