using Simper.Checkpoints;
using Simper.Models;
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

/// <summary>A folder exported as GGUF and read again is the same model, of every architecture that llama.cpp has.</summary>
public class GgufExportTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 40).Select(i => (i * 37 + 5) % TinyModels.Words)];

    public static TheoryData<string> Names => [.. TinyModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_comes_back_by_name_and_shape_and_value(string name)
    {
        using var folder = new TemporaryFolder();
        string file = Export(folder, name, "F32");
        using Checkpoint before = Checkpoint.Open(folder["hf"]);
        using Checkpoint after = Checkpoint.Open(file);
        Assert.Empty(before.Tensors.Keys.Except(after.Tensors.Keys));
        bool isScaled = name == "gemma2-scaled";
        foreach (
            (string tensor, TensorEntry entry) in before.Tensors.Where(t =>
                !isScaled || !t.Key.Contains("q_proj", StringComparison.Ordinal)
            )
        )
        {
            Assert.Equal(entry.Shape, after.Tensors[tensor].Shape);
            using Tensor wanted = before.Read(tensor);
            using Tensor got = after.Read(tensor);
            double tolerance = name.StartsWith("gemma", StringComparison.Ordinal) ? 2e-7 : 0; // their norms are stored plus one
            foreach ((double a, double b) in Numbers.Of(wanted).Zip(Numbers.Of(got)))
                Assert.True(Math.Abs(a - b) <= tolerance, $"{tensor}: {a} and {b}");
        }
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float64, trainable: false);
        using LanguageModel again = LanguageModel.Load(file, Precision.Float64, trainable: false);
        using Tensor logits = GoldenFile.Logits(model, Ids);
        using Tensor others = GoldenFile.Logits(again, Ids);
        Assert.True(Numbers.RelativeDistance(logits, others) < 1e-6);
        Assert.Equal(model.Files.TokenizerJson is null, again.Files.TokenizerJson is null);
        Assert.Equal(model.Files.StopIds.Order(), again.Files.StopIds.Order());
        Assert.Equal(model.Files.TemplateSources["default"], again.Files.TemplateSources["default"]);
    }

    [Theory]
    [InlineData("mistral", "48 tokens")]
    [InlineData("gemma2-scaled", "queries")]
    public void What_the_file_says_otherwise_is_noted(string name, string note)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], name);
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float32, trainable: false);
        Assert.Contains(
            note,
            Assert.Single(new GgufExport(model, GgufFileType.Parse("F16"), "m").Notes),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("mixtral")]
    [InlineData("qwen3_moe")]
    public void Experts_stay_quantised_where_they_lie_in_the_stack_of_the_file(string name)
    {
        using var folder = new TemporaryFolder();
        string file = Export(folder, name, "Q8_0");
        LanguageModel Load(FrozenWeights frozen) => LanguageModel.Load(file, Precision.Float64, trainable: false, frozen: frozen);
        using LanguageModel unpacked = Load(FrozenWeights.Unpacked);
        using LanguageModel packed = Load(FrozenWeights.Packed);
        Assert.Contains(packed.Weights, w => w is PackedWeight && w.Name.EndsWith("experts_gate_up", StringComparison.Ordinal));
        Assert.Contains(packed.Weights, w => w is PackedWeight && w.Name.EndsWith("experts_down", StringComparison.Ordinal));
        Assert.Equal(unpacked.Fingerprint(), packed.Fingerprint()); // every value is the same
        using Tensor expected = GoldenFile.Logits(unpacked, Ids);
        using Tensor logits = GoldenFile.Logits(packed, Ids);
        Assert.True(Numbers.RelativeDistance(logits, expected) < 1e-12);
    }

    public static TheoryData<string> Golden => SharedFiles.Rows(() => SharedFiles.Folders("golden", "families"));

    [Theory]
    [MemberData(nameof(Golden))]
    public void A_reference_model_comes_back_or_is_refused_with_the_setting_that_llama_cpp_lacks(string name)
    {
        using var folder = new TemporaryFolder();
        using LanguageModel model = LanguageModel.Load(
            SharedFiles.Path("golden", "families", name),
            Precision.Float64,
            trainable: false
        );
        GgufExport export;
        try
        {
            export = new GgufExport(model, GgufFileType.Parse("F32"), name);
        }
        catch (SimperException refusal)
        {
            Assert.Contains(name, Refused);
            Assert.Contains("--format hf", refusal.Message, StringComparison.Ordinal);
            return;
        }
        Assert.DoesNotContain(name, Refused);
        export.Write(folder["m.gguf"]);
        using LanguageModel again = LanguageModel.Load(folder["m.gguf"], Precision.Float64, trainable: false);
        int[] ids = [.. Enumerable.Range(0, Math.Min(30, export.Context)).Select(i => (i * 29 + 3) % model.Shape.Vocabulary)];
        using Tensor logits = GoldenFile.Logits(model, ids);
        using Tensor others = GoldenFile.Logits(again, ids);
        Assert.True(Numbers.RelativeDistance(logits, others) < 1e-6);
    }

    // A context that grows with the sequence; ramps of rotations that llama.cpp fixes; layers without rotations where llama.cpp
    // has others; dense layers among sparse ones; experts whose shares do not sum to one; a gate with other limits.
    private static readonly string[] Refused =
    [
        "llama-dynamic-rope",
        "llama-yarn",
        "olmo3",
        "smollm3",
        "qwen3-moe",
        "qwen3-moe-unnormalised",
        "gpt-oss",
    ];

    private static string Export(TemporaryFolder folder, string name, string type)
    {
        TinyModels.Write(folder["hf"], name);
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float32, trainable: false);
        new GgufExport(model, GgufFileType.Parse(type), name).Write(folder["m.gguf"]);
        return folder["m.gguf"];
    }
}
