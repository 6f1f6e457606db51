using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Testing;
using TorchSharp;

namespace Simper.Tests.Checkpoints;

public class GgufTypesTests
{
    private static readonly string[] Unreadable = ["nvfp4", "iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq3_xxs", "iq3_s"];

    public static TheoryData<string> Readable() =>
        [
            "f32",
            "f16",
            "bf16",
            "q4_0",
            "q4_1",
            "q5_0",
            "q5_1",
            "q8_0",
            "q2_k",
            "q3_k",
            "q4_k",
            "q5_k",
            "q6_k",
            "iq4_nl",
            "iq4_xs",
            "tq1_0",
            "tq2_0",
            "mxfp4",
        ];

    [Theory]
    [MemberData(nameof(Readable))]
    public void Every_value_of_a_type_has_the_bits_of_the_reference(string type)
    {
        using var live = new LiveTensors();
        using GgufFile file = GgufFile.Open(SharedFiles.Path("golden", "gguf", "types", $"{type}.gguf"));
        using SafetensorsFile golden = SafetensorsFile.Open(SharedFiles.Path("golden", "gguf", "types", $"{type}.safetensors"));
        foreach (string name in (string[])["gaussian", "random", "edges"])
        {
            using torch.Tensor actual = file.Read(name);
            using torch.Tensor expected = golden.Read(name);
            Assert.Equal(expected.shape, actual.shape);
            Assert.Equal(TensorBits.AsFloat32(expected), TensorBits.AsFloat32(actual));
        }
    }

    [Fact]
    public void Plain_numbers_come_as_they_are_stored()
    {
        using var live = new LiveTensors();
        using GgufFile file = GgufFile.Open(SharedFiles.Path("golden", "gguf", "types", "plain_numbers.gguf"));
        using SafetensorsFile golden = SafetensorsFile.Open(
            SharedFiles.Path("golden", "gguf", "types", "plain_numbers.safetensors")
        );
        Assert.NotEmpty(golden.Tensors);
        foreach (string name in golden.Tensors.Keys)
        {
            using torch.Tensor actual = file.Read(name);
            using torch.Tensor expected = golden.Read(name);
            Assert.Equal(expected.dtype, actual.dtype);
            Assert.Equal(TensorBits.Of(expected), TensorBits.Of(actual));
        }
    }

    [Fact]
    public void Every_type_of_the_reference_is_read_or_refused_by_name()
    {
        string folder = SharedFiles.Path("golden", "gguf", "types");
        var types = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "index.json")))!["types"]!.AsObject();
        foreach (string type in types.Select(t => t.Key.ToLowerInvariant()))
        {
            if (type == "plain_numbers" || Readable().Any(row => row.Data == type))
                continue;
            Assert.Contains(type, Unreadable);
            using GgufFile file = GgufFile.Open(Path.Combine(folder, $"{type}.gguf"));
            var refusal = Assert.Throws<SimperException>(() => file.Read("gaussian"));
            Assert.Contains(type.ToUpperInvariant(), refusal.Message, StringComparison.Ordinal);
        }
    }
}
