using System.Diagnostics;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>
/// simper pull and push, and names of the hub in place of paths, as a process of its own: the environment says where hub and
/// cache are.
/// </summary>
public sealed class HubCommandsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
    private readonly HubStub _hub = new();

    public HubCommandsTests()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(SharedFiles.Repository, "assets", "demo", "model")))
            _hub.With(
                "org/tiny",
                Path.GetFileName(file),
                File.ReadAllBytes(file),
                isLarge: file.EndsWith(".safetensors", StringComparison.Ordinal)
            );
        string[] rows =
        [
            .. Enumerable
                .Range(0, 12)
                .Select(i => $$"""{"prompt": "{{i}} + 1 =", "chosen": " {{i + 1}}", "rejected": " {{i}}"}"""),
        ];
        _hub.With("datasets/org/pairs", "data/train-00000-of-00001.jsonl", string.Join('\n', rows));
        _hub.With("datasets/org/pairs", "data/test-00000-of-00001.jsonl", string.Join('\n', rows[..4]));
    }

    public void Dispose()
    {
        _hub.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private async Task<(int Code, string Output, string Errors)> Run(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Simper.Cli.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
            Environment =
            {
                ["HF_ENDPOINT"] = _hub.Address,
                ["HF_HOME"] = At("hf"),
                ["HF_TOKEN"] = HubStub.Token,
            },
        };
        foreach (string name in (string[])["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE", "HF_HUB_OFFLINE"])
            start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.DoesNotContain(HubStub.Token, output + await errors, StringComparison.Ordinal);
        return (process.ExitCode, output, await errors);
    }

    [Fact]
    public async Task A_model_and_data_of_the_hub_are_pulled_trained_and_pushed()
    {
        (int code, string output, string errors) = await Run(
            "train",
            "--model_name_or_path",
            "org/tiny",
            "--dataset_name",
            "org/pairs"
        );
        Assert.Equal(2, code);
        Assert.Contains("fetch it with: simper pull org/tiny", errors, StringComparison.Ordinal);
        Assert.Contains("fetch it with: simper pull org/pairs --dataset", errors, StringComparison.Ordinal);
        Assert.Empty(_hub.Requests); // nothing asks without a command

        (code, output, errors) = await Run("pull", "org/tiny");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(Path.Combine("models--org--tiny", "snapshots", HubStub.Commit), output, StringComparison.Ordinal);
        Assert.Contains("Use it as --model_name_or_path org/tiny", output, StringComparison.Ordinal);
        (code, _, errors) = await Run("pull", "datasets/org/pairs");
        Assert.Equal((0, ""), (code, errors));

        int asked = _hub.Requests.Count;
        (code, output, errors) = await Run(
            "train",
            "--model_name_or_path",
            "org/tiny",
            "--dataset_name",
            "org/pairs",
            "--dataset_test_split",
            "test",
            "--learning_rate",
            "1e-3",
            "--max_steps",
            "1",
            "--samples",
            "0",
            "--output_dir",
            "run"
        );
        Assert.Equal((0, ""), (code, errors));
        string recipe = await File.ReadAllTextAsync(At("run/recipe.yaml"));
        Assert.Contains("model_name_or_path: 'org/tiny'", recipe, StringComparison.Ordinal);
        Assert.Contains("dataset_name: 'org/pairs'", recipe, StringComparison.Ordinal);
        Assert.Contains("eval_dataset_name: 'org/pairs#test'", recipe, StringComparison.Ordinal);
        Assert.Equal(asked, _hub.Requests.Count);

        (code, output, errors) = await Run("push", "run", "org/mine", "--private");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains($"{_hub.Address}/commit/1", output, StringComparison.Ordinal);
        (byte[] page, _) = _hub.Repositories["org/mine"]["README.md"];
        Assert.Contains(
            "base_model: org/tiny\ndatasets:\n- org/pairs\n",
            System.Text.Encoding.UTF8.GetString(page),
            StringComparison.Ordinal
        );
        Assert.Equal(
            await File.ReadAllBytesAsync(At("run/model/model.safetensors")),
            _hub.Repositories["org/mine"]["model.safetensors"].Content
        );
        // What was pushed is what is pulled.
        Assert.Equal(0, (await Run("pull", "org/mine")).Code);
        (code, output, errors) = await Run("generate", "org/mine", "--prompt", "1 + 1 =", "--max_new_tokens", "2");
        Assert.Equal((0, ""), (code, errors));
    }

    [Fact]
    public async Task A_snapshot_of_which_a_part_is_missing_says_how_to_go_on()
    {
        Assert.Equal(0, (await Run("pull", "org/tiny", "--include", "*.json")).Code);
        (int code, _, string errors) = await Run("generate", "org/tiny", "--prompt", "x");
        Assert.Equal(2, code);
        Assert.Contains("the download is incomplete, go on with it: simper pull org/tiny.", errors, StringComparison.Ordinal);
        (code, _, errors) = await Run("generate", "org/tiny@v2", "--prompt", "x");
        Assert.Equal(2, code);
        Assert.Contains("not its revision v2, only main, ad782ec", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./org/name", "is no name of a repository")]
    [InlineData("org/name/part", "is no name of a repository")]
    [InlineData("org/none", "there is no such model, or the token in HF_TOKEN may not see it")]
    public async Task A_name_that_is_none_is_one_sentence(string name, string expected)
    {
        (int code, string output, string errors) = await Run("pull", name);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }
}
