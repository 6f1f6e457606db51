using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>simper export, of the demo's model.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private static readonly string Model = Path.Combine(SharedFiles.Repository, "assets", "demo", "model");
    private static readonly string HeldOut = Path.Combine(SharedFiles.Repository, "assets", "demo", "heldout.jsonl");

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Out => Path.Combine(_folder, "out");

    [Fact]
    public async Task A_gguf_file_is_written_compared_by_pairs_and_answers_as_the_model_does()
    {
        (int code, string text, string errors) = await Typed.Run(
            "export",
            Model,
            "--format",
            "gguf",
            "--type",
            "F32",
            "--output_dir",
            Out,
            "--dataset_name",
            HeldOut,
            "--pairs",
            "3"
        );
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("11 sequences", text, StringComparison.Ordinal); // 5 prompts and the answers of 3 pairs
        Assert.Contains("holds what the model is", text, StringComparison.Ordinal);
        JsonNode report = JsonNode.Parse(File.ReadAllText(Path.Combine(Out, "export.json")))!;
        Assert.Equal(11, (int)report["sequences"]!);
        Assert.Equal(0, (double)report["logps/largest_difference"]!, 1e-5);
        string file = Assert.Single(Directory.GetFiles(Out, "*.gguf"));
        (string, string)[] answers = [await Answer(Model), await Answer(file)];
        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task What_does_not_hold_has_exit_code_1_and_is_not_kept()
    {
        (int code, string text, _) = await Typed.Run(
            "export",
            Model,
            "--format",
            "hf",
            "--type",
            "bfloat16",
            "--output_dir",
            Out,
            "--tolerance",
            "1e-12"
        );
        Assert.Equal(1, code);
        Assert.Contains("was not kept", text, StringComparison.Ordinal);
        Assert.Equal([Out + ".export-failed.json"], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task An_adapter_alone_is_written_and_answers_over_its_model()
    {
        string adapter = Path.Combine(_folder, "mine");
        var config = new AdapterConfig { Rank = 2, TargetModules = ModuleNames.Matching(ModuleNames.AllLinear) };
        using (LanguageModel model = LanguageModel.Load(Model, trainable: false))
        using (LanguageModel adapted = model.WithNewAdapter(config))
            adapted.Save(adapter);
        (int code, string text, string errors) = await Typed.Run(
            "export",
            adapter,
            "--format",
            "gguf",
            "--adapter",
            "--output_dir",
            Out
        );
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("F32", text, StringComparison.Ordinal); // without --type
        string file = Path.Combine(Out, "mine-F32-LoRA.gguf");
        Assert.Equal(await Answer(adapter), await Answer(file, "--base_model_name_or_path", Model));
        (code, _, errors) = await Typed.Run("generate", file, "--prompt", "hello");
        Assert.Equal(2, code);
        Assert.Contains("give the model with base_model_name_or_path", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--pairs must be a positive number", "--format", "hf", "--pairs", "0")]
    [InlineData("is none of hf, gguf", "--format", "onnx")]
    [InlineData("Q4_K_M", "--format", "gguf", "--type", "Q2_K")]
    [InlineData("is no adapter", "--format", "gguf", "--adapter")]
    [InlineData("--format gguf", "--format", "hf", "--adapter", "--type", "float32")]
    public async Task A_wrong_option_is_one_sentence(string expected, params string[] options)
    {
        (int code, _, string errors) = await Typed.Run(["export", Model, "--output_dir", Out, .. options]);
        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private static async Task<(string, string)> Answer(string model, params string[] options)
    {
        (int code, string text, string errors) = await Typed.Run([
            "generate",
            model,
            "--prompt",
            "list the numbers from 3 to 5",
            "--dtype",
            "float32",
            "--max_new_tokens",
            "12",
            .. options,
        ]);
        Assert.Equal(0, code);
        return (text, errors);
    }
}
