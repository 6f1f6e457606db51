using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Exports;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Models.Gguf;
using TorchSharp;

namespace Simper.Tests.Exports;

public class ModelExportTests
{
    [Theory]
    [InlineData("hf", "float32")]
    [InlineData("hf", "bfloat16")]
    [InlineData("gguf", "F32")]
    [InlineData("gguf", "F16")]
    [InlineData("gguf", "Q8_0")]
    public void An_export_is_kept_with_its_report(string format, string type)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        ExportReport report = Export(folder, format, type).Run();
        Assert.True(report.Holds, report.ToJson().ToJsonString());
        Assert.Empty(report.Faults);
        Assert.True(report.Tokens > 100);
        JsonNode written = JsonNode.Parse(File.ReadAllText(Path.Combine(folder["out"], ModelExport.ReportName)))!;
        Assert.True((bool)written["holds"]!);
        Assert.Equal(type, (string)written["type"]!);
        using Checkpoint opened = Checkpoint.Open(report.Path);
        Assert.Equal(TinyTokenizer.Template, opened.ChatTemplate);
        Assert.Equal([folder["out"]], Directory.GetFileSystemEntries(folder.Path, "out*"));
        Assert.Equal(format == "gguf", File.Exists(Path.Combine(folder["out"], ModelExport.ModelfileName)));
    }

    [Fact]
    public void What_does_not_hold_is_not_kept_and_what_was_there_stays()
    {
        using var folder = new TemporaryFolder();
        Assert.True(Export(folder, "gguf", "F32").Run().Holds);
        string[] before = [.. Directory.GetFiles(folder["out"]).Order()];
        ExportReport report = new ModelExport
        {
            Source = folder["hf"],
            OutputDir = folder["out"],
            Format = ExportFormat.Parse("gguf", "Q4_K_M"),
            Tolerance = 1e-9,
        }.Run();
        Assert.False(report.Holds);
        Assert.Equal(before, Directory.GetFiles(folder["out"]).Order());
        JsonNode left = JsonNode.Parse(File.ReadAllText(folder["out"] + ".export-failed.json"))!;
        Assert.False((bool)left["holds"]!);
        Assert.Equal(
            [folder["out"], folder["out"] + ".export-failed.json"],
            Directory.GetFileSystemEntries(folder.Path, "out*").Order()
        );
    }

    [Fact]
    public void A_folder_with_anything_else_is_refused_before_the_model_is_read()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["out"]);
        folder.Write("out/mine.txt", "mine");
        var refusal = Assert.Throws<SimperException>(() =>
            new ModelExport
            {
                Source = folder["none"],
                OutputDir = folder["out"],
                Format = ExportFormat.Parse("hf", type: null),
            }.Run()
        );
        Assert.Contains("mine.txt", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf")]
    [InlineData("hf/")]
    [InlineData("hf/../hf")]
    public void A_model_is_not_exported_over_itself(string output)
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], "llama");
        string[] before = [.. Directory.GetFiles(folder["hf"]).Order()];
        var export = new ModelExport
        {
            Source = folder["hf"],
            OutputDir = folder[output],
            Format = ExportFormat.Parse("hf", type: null),
        };
        Assert.Contains("another folder", Assert.Throws<SimperException>(() => export.Run()).Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(folder["hf"]).Order());
    }

    [Fact]
    public void A_file_is_named_after_the_whole_name_of_the_model()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["tiny-2.5-0.1B"], "llama");
        ExportReport report = new ModelExport
        {
            Source = folder["tiny-2.5-0.1B"],
            OutputDir = folder["out"],
            Format = ExportFormat.Parse("gguf", "f16"),
        }.Run();
        Assert.Equal("tiny-2.5-0.1B-F16.gguf", Path.GetFileName(report.Path));
    }

    [Fact]
    public void A_model_that_cannot_be_said_leaves_nothing()
    {
        using var folder = new TemporaryFolder();
        var export = new ModelExport
        {
            Source = SharedFiles.Path("golden", "families", "llama-dynamic-rope"),
            OutputDir = folder["out"],
            Format = ExportFormat.Parse("gguf", "F16"),
        };
        Assert.Contains("--format hf", Assert.Throws<SimperException>(() => export.Run()).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("onnx", null, "hf, gguf")]
    [InlineData("hf", "Q8_0", "float32, float16, bfloat16")]
    [InlineData("gguf", "Q3_K", "F32, F16, BF16, Q8_0, Q4_K_M")]
    public void An_unknown_format_is_refused_with_those_that_are_known(string format, string? type, string known) =>
        Assert.Contains(
            known,
            Assert.Throws<SimperException>(() => ExportFormat.Parse(format, type)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_value_too_large_for_fp16_is_refused_with_its_name()
    {
        using var folder = new TemporaryFolder();
        TinyModels.Write(folder["hf"], "llama");
        string large = folder["large"];
        using (Checkpoint checkpoint = Checkpoint.Open(folder["hf"]))
            CheckpointWriter.Save(
                large,
                CheckpointFiles.From(checkpoint),
                [
                    .. checkpoint.Tensors.Keys.Select(name =>
                        (
                            name,
                            (Func<torch.Tensor>)(
                                () =>
                                {
                                    torch.Tensor values = checkpoint.Read(name);
                                    if (name == "model.layers.1.mlp.up_proj.weight")
                                        values.TimesInPlace(1e6);
                                    return values;
                                }
                            )
                        )
                    ),
                ]
            );
        var export = new ModelExport
        {
            Source = large,
            OutputDir = folder["out"],
            Format = ExportFormat.Parse("gguf", "F16"),
        };
        string said = Assert.Throws<SimperException>(() => export.Run()).Message;
        Assert.Contains("blk.1.ffn_up.weight", said, StringComparison.Ordinal);
        Assert.Contains("BF16", said, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Theory]
    [InlineData("hf", "float32")]
    [InlineData("hf", "bfloat16")]
    [InlineData("gguf", "F32")]
    [InlineData("gguf", "Q8_0")]
    public void An_adapter_is_exported_as_the_model_that_it_makes(string format, string type)
    {
        using var folder = new TemporaryFolder();
        WriteAdapter(folder, RandomAdapter.AllLinear);
        ExportReport report = new ModelExport
        {
            Source = folder["adapter"],
            OutputDir = folder["out"],
            Format = ExportFormat.Parse(format, type),
            Tolerance = type is "Q8_0" or "bfloat16" ? 0.3 : null,
        }.Run();
        Assert.True(report.Holds, report.ToJson().ToJsonString());
        Assert.Contains(report.Notes, n => n.Contains("merged", StringComparison.Ordinal));
        using LanguageModel model = LanguageModel.Load(report.Path, trainable: false);
        Assert.Null(model.Adapter);
        Assert.Equal(
            model.ParameterCount * (type == "float32" ? 4 : 2),
            format == "hf" ? report.Bytes : 2 * model.ParameterCount
        );
    }

    [Fact]
    public void A_merged_model_whose_head_is_no_longer_its_embedding_says_so()
    {
        using var folder = new TemporaryFolder();
        WriteAdapter(folder, RandomAdapter.AllLinear with { TargetModules = ModuleNames.Of(["embed_tokens"]) }, "llama-tied");
        foreach ((string format, string type) in ((string, string)[])[("hf", "float32"), ("gguf", "F32")])
        {
            ExportReport report = new ModelExport
            {
                Source = folder["adapter"],
                OutputDir = folder[format + "-out"],
                Format = ExportFormat.Parse(format, type),
            }.Run();
            Assert.True(report.Holds, report.ToJson().ToJsonString());
            using Checkpoint written = Checkpoint.Open(report.Path);
            Assert.Contains("lm_head.weight", written.Tensors.Keys);
            Assert.False((bool)written.Config["tie_word_embeddings"]!);
        }
    }

    [Theory]
    [InlineData("F32", 0.0)]
    [InlineData("F16", 1e-3)]
    [InlineData("BF16", 1e-2)]
    public void An_adapter_alone_is_kept_with_its_report(string type, double tolerance)
    {
        using var live = new LiveTensors();
        using var folder = new TemporaryFolder();
        WriteAdapter(folder, RandomAdapter.AllLinear);
        ExportReport report = Alone(folder, type).Run();
        Assert.True(report.Holds, report.ToJson().ToJsonString());
        Assert.Equal($"adapter-{type}-LoRA.gguf", Path.GetFileName(report.Path));
        Assert.Equal(["adapter-" + type + "-LoRA.gguf", "export.json"], Names(folder["out"]));
        Assert.InRange(report.LargestDifference, 0, tolerance * 100);
        Assert.Equal(tolerance > 0, report.LargestDifference > 0);
        // from the run's folder too, which may be given again as an adapter
        using LanguageModel again = LanguageModel.Load(folder["out"], trainable: false, basePath: folder["hf"]);
        Assert.Equal(2 * 7 * 4, again.Adapter!.Tensors.Count);
    }

    [Fact]
    public void Weights_that_are_not_the_same_are_faults_however_little_they_do()
    {
        using var folder = new TemporaryFolder();
        WriteAdapter(folder, RandomAdapter.AllLinear);
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float32, trainable: false);
        using LanguageModel one = model.WithAdapter(folder["adapter"]);
        using LanguageModel other = model.WithAdapter(folder["adapter"], trainable: true);
        ExportReport report = Alone(folder, "F32").Run();
        Assert.Empty(AdapterProof.Of(report, one.Adapter!, other.Adapter!).Faults);
        AdapterTensor tensor = other.Adapter!.Tensors[5];
        using (torch.Tensor values = tensor.Weight.Values().clone())
        {
            values[0, 0].PlusInPlace(1e-6);
            tensor.Weight.Set(values);
        }
        string fault = Assert.Single(AdapterProof.Of(report, one.Adapter!, other.Adapter).Faults);
        Assert.Contains(tensor.Name, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hf", "adapter", "--format gguf")]
    [InlineData("gguf", "hf", "is no adapter")]
    public void The_adapter_alone_is_for_gguf_files_of_adapters(string format, string source, string said)
    {
        using var folder = new TemporaryFolder();
        WriteAdapter(folder, RandomAdapter.AllLinear);
        var export = new ModelExport
        {
            Source = folder[source],
            AdapterOnly = true,
            OutputDir = folder["out"],
            Format = ExportFormat.Parse(format, type: null),
        };
        Assert.Contains(said, Assert.Throws<SimperException>(() => export.Run()).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    private static string?[] Names(string folder) => [.. Directory.GetFiles(folder).Select(Path.GetFileName).Order()];

    private static ModelExport Alone(TemporaryFolder folder, string type) =>
        new()
        {
            Source = folder["adapter"],
            AdapterOnly = true,
            OutputDir = folder["out"],
            Format = ExportFormat.Parse("gguf", type),
            Tolerance = type == "BF16" ? 0.2 : null,
        };

    private static void WriteAdapter(TemporaryFolder folder, AdapterConfig config, string name = "llama")
    {
        TinyModels.Write(folder["hf"], name);
        using LanguageModel model = LanguageModel.Load(folder["hf"], Precision.Float32, trainable: false);
        using LanguageModel adapted = RandomAdapter.Over(model, config);
        adapted.Save(folder["adapter"]);
    }

    private static ModelExport Export(TemporaryFolder folder, string format, string type)
    {
        TinyModels.Write(folder["hf"], "llama");
        return new ModelExport
        {
            Source = folder["hf"],
            OutputDir = folder["out"],
            Format = ExportFormat.Parse(format, type),
            Tolerance = type == "Q8_0" ? 0.2 : null, // random weights have nothing that rounding averages out
        };
    }
}
