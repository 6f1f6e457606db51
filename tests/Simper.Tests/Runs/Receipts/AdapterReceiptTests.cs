using Simper.Exports;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Runs;
using Simper.Runs.Receipts;
using Simper.Tensors;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Receipts;

/// <summary>Runs that train an adapter on: the receipt names its files and its model's, and all are found again.</summary>
public sealed class AdapterReceiptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public AdapterReceiptTests()
    {
        Directory.CreateDirectory(_folder["base"]);
        foreach (string file in Directory.GetFiles(Path.Combine(DemoRecipe.Files, "model")))
            File.Copy(file, _folder[$"base/{Path.GetFileName(file)}"]);
        var config = new AdapterConfig { Rank = 2, TargetModules = ModuleNames.Matching(ModuleNames.AllLinear) };
        using LanguageModel model = LanguageModel.Load(_folder["base"], Precision.Float32, trainable: false);
        using LanguageModel adapted = model.WithNewAdapter(config, seed: 3);
        adapted.Save(_folder["mine"]);
    }

    public void Dispose() => _folder.Dispose();

    private string GgufFile()
    {
        new ModelExport
        {
            Source = _folder["mine"],
            AdapterOnly = true,
            OutputDir = _folder["file"],
            Format = ExportFormat.Parse("gguf", "F32"),
            Pairs = 1,
        }.Run(cancel: TestContext.Current.CancellationToken);
        return Assert.Single(Directory.GetFiles(_folder["file"], "*.gguf"));
    }

    private IReadOnlyList<ReceiptFile> Train(string adapter)
    {
        Recipe recipe = DemoRecipe.In(_folder, rows: 4) with
        {
            ModelNameOrPath = adapter,
            BaseModelNameOrPath = _folder["base"],
            UsePeft = true,
        };
        foreach (RunEvent _ in new TrainingRun(recipe).Events()) { }
        return RunReceipt.Read(_folder["run"]).Model.Files;
    }

    private List<ReceiptFinding> Findings(params (string, string)[] moved) =>
        [.. new ReceiptCheck(_folder["run"]) { Moved = moved }.Findings(TestContext.Current.CancellationToken)];

    private static void Flip(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^3] ^= 1;
        File.WriteAllBytes(file, bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Both_are_named_and_what_was_changed_of_either_is_found(bool isFile)
    {
        string adapter = isFile ? GgufFile() : _folder["mine"];
        string weights = isFile ? adapter : Path.Combine(adapter, "adapter_model.safetensors");
        IReadOnlyList<ReceiptFile> files = Train(adapter);
        Assert.Equal(
            [
                .. isFile
                    ? [$"adapter/{Path.GetFileName(adapter)}"]
                    : (string[])["adapter/adapter_config.json", "adapter/adapter_model.safetensors"],
                "config.json",
                "generation_config.json",
                "model.safetensors",
            ],
            files.Select(f => f.Name)
        );
        Assert.Equal(new FileInfo(weights).Length, files.Single(f => f.Name == $"adapter/{Path.GetFileName(weights)}").Bytes);
        Assert.All(Findings(), f => Assert.Equal(ReceiptVerdict.Same, f.Verdict));

        Flip(weights);
        Assert.Equal($"start: adapter/{Path.GetFileName(weights)}", FirstOther());
        Flip(weights);
        Flip(_folder["base/model.safetensors"]);
        Assert.Equal("start: model.safetensors", FirstOther());
        Flip(_folder["base/model.safetensors"]);
        Assert.All(Findings(), f => Assert.Equal(ReceiptVerdict.Same, f.Verdict));
    }

    private string FirstOther() => Findings().First(f => f.Verdict == ReceiptVerdict.Differs).What;

    [Fact]
    public void Both_may_have_been_moved()
    {
        Train(_folder["mine"]);
        Directory.Move(_folder["base"], _folder["base-2"]);
        Directory.Move(_folder["mine"], _folder["mine-2"]);
        Assert.All(
            Findings(("model_name_or_path", _folder["mine-2"]), ("base_model_name_or_path", _folder["base-2"])),
            f => Assert.Equal(ReceiptVerdict.Same, f.Verdict)
        );
        ReceiptFinding[] without =
        [
            .. Findings(("model_name_or_path", _folder["mine-2"])).Where(f => f.What == "start: config.json"),
        ];
        Assert.Equal(ReceiptVerdict.Differs, Assert.Single(without).Verdict);
    }
}
