using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Gguf;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Golden;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Gguf;

/// <summary>
/// llama.cpp opens our exports, and its distribution of the next token is ours. Needs node and the folder node_modules with
/// node-llama-cpp, which SIMPER_NODE_LLAMA names. What remains is llama.cpp's own rounding: it keeps keys and values in fp16,
/// computes GELU by a table of fp16, and quantises what it multiplies quantised weights with.
/// </summary>
public class LlamaCppTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(0, 40).Select(i => (i * 37 + 5) % TinyModels.Words)];

    [Fact]
    public void A_tiny_model_of_each_architecture_has_the_same_distributions()
    {
        string modules = Modules();
        using var folder = new TemporaryFolder();
        var files = new List<(string Name, string Path, LanguageModel Model)>();
        try
        {
            foreach (string name in TinyModels.Names)
            {
                TinyModels.Write(folder[name], name);
                LanguageModel model = LanguageModel.Load(folder[name], Precision.Float32, trainable: false);
                string path = folder[name + ".gguf"];
                new GgufExport(model, GgufFileType.Parse("F32"), "tiny").Write(path); // llama.cpp looks into names for phi-3
                files.Add((name, path, model));
            }
            Compare(modules, folder, [.. files.Select(f => new Asked(f.Name, f.Path, f.Model, Ids, ToleranceOf(f.Name)))]);
        }
        finally
        {
            foreach ((_, _, LanguageModel model) in files)
                model.Dispose();
        }
    }

    [Fact]
    public void An_adapter_of_all_linear_layers_of_each_architecture_gives_the_same_distributions() =>
        CompareAdapted(TinyModels.Names, RandomAdapter.AllLinear);

    [Fact]
    public void Adapters_of_embedding_and_head_and_other_scales_give_the_same_distributions() =>
        CompareAdapted(
            ["llama", "qwen2", "qwen3", "gpt_neox", "olmo2", "stablelm"],
            RandomAdapter.AllLinear with
            {
                TargetModules = ModuleNames.Of(["embed_tokens", "embed_in", "lm_head", "embed_out", "q_proj", "up_proj"]),
                UseRsLora = true,
                RankPattern = [new("q_proj", 2)],
                AlphaPattern = [new("up_proj", 3)],
            }
        );

    private static void CompareAdapted(IEnumerable<string> names, AdapterConfig config)
    {
        string modules = Modules();
        using var folder = new TemporaryFolder();
        var models = new List<LanguageModel>();
        try
        {
            var asked = new List<Asked>();
            foreach (string name in names)
            {
                TinyModels.Write(folder[name], name);
                LanguageModel model = LanguageModel.Load(folder[name], Precision.Float32, trainable: false);
                models.Add(model);
                LanguageModel adapted = RandomAdapter.Over(model, config);
                models.Add(adapted);
                string path = folder[name + ".gguf"];
                new GgufExport(model, GgufFileType.Parse("F32"), "tiny").Write(path);
                string adapter = folder[name + "-adapter.gguf"];
                new AdapterGguf(adapted, GgufFileType.Parse("F32"), "tiny").Write(adapter);
                asked.Add(new Asked(name, path, adapted, Ids, 3 * ToleranceOf(name)) { Adapter = adapter });
                using Tensor without = GoldenFile.Logits(model, Ids);
                using Tensor with = GoldenFile.Logits(adapted, Ids);
                Assert.True(Toys.Numbers.RelativeDistance(without, with) > 0.1, name); // it counts
            }
            Compare(modules, folder, [.. asked]);
        }
        finally
        {
            foreach (LanguageModel model in Enumerable.Reverse(models))
                model.Dispose();
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("F32")]
    [InlineData("F16")]
    public void SmolLm2_as_it_is_quantised_has_the_same_distributions_with_an_adapter(string? type)
    {
        string modules = Modules();
        using var folder = new TemporaryFolder();
        string path = SharedFiles.Path("models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        using LanguageModel model = LanguageModel.Load(path, Precision.Float32, trainable: false);
        int[] ids = model.Files.GroupTokenizer().Prompt([new("user", "What is the capital of France?")]);
        if (type is null)
        {
            Compare(modules, folder, [new Asked("SmolLM2 Q4_1", path, model, ids, 1e-1)]);
            return;
        }
        string adapter = folder["a.gguf"];
        using (LanguageModel written = RandomAdapter.Over(model, RandomAdapter.AllLinear, size: 0.05))
            new AdapterGguf(written, GgufFileType.Parse(type), "smollm2").Write(adapter);
        using LanguageModel adapted = model.WithAdapter(adapter);
        using Tensor without = GoldenFile.Logits(model, ids);
        using Tensor with = GoldenFile.Logits(adapted, ids);
        Assert.True(Toys.Numbers.RelativeDistance(without, with) > 0.1);
        Compare(modules, folder, [new Asked($"SmolLM2 Q4_1 + {type}", path, adapted, ids, 1e-1) { Adapter = adapter }]);
    }

    // One token of gpt-oss has two experts of nearly the same score: rounding chooses the other one.
    private static double ToleranceOf(string name) => name == "gpt_oss" ? 5e-3 : 1e-4;

    [Theory]
    [InlineData("F32", 1e-5)]
    [InlineData("F16", 1e-4)]
    [InlineData("BF16", 1e-3)]
    [InlineData("Q8_0", 1e-2)]
    [InlineData("Q4_K_M", 1e-2)]
    public void Stories_of_every_type_have_the_same_distributions(string type, double tolerance)
    {
        string modules = Modules();
        using var folder = new TemporaryFolder();
        using LanguageModel model = LanguageModel.Load(
            SharedFiles.Path("data", "stories260K-hf"),
            Precision.Float32,
            trainable: false
        );
        new GgufExport(model, GgufFileType.Parse(type), "stories").Write(folder["m.gguf"]);
        using LanguageModel again = LanguageModel.Load(folder["m.gguf"], Precision.Float32, trainable: false);
        int[] ids = model.Files.Tokenizer.EncodeToIds("Once upon a time, there was a little girl named Lily.", true);
        Compare(modules, folder, [new Asked(type, folder["m.gguf"], again, ids, tolerance)]);
    }

    [Theory]
    [InlineData("F16", 1e-3)]
    [InlineData("Q4_K_M", 1e-1)]
    public void SmolLm2_has_the_same_distributions(string type, double tolerance)
    {
        string modules = Modules();
        using var folder = new TemporaryFolder();
        using (
            LanguageModel model = LanguageModel.Load(
                SharedFiles.Path("models", "smollm2-135m-instruct"),
                Precision.Float32,
                trainable: false
            )
        )
            new GgufExport(model, GgufFileType.Parse(type), "smollm2").Write(folder["m.gguf"]);
        using LanguageModel again = LanguageModel.Load(folder["m.gguf"], Precision.Float32, trainable: false);
        int[] ids = again.Files.GroupTokenizer().Prompt([new("user", "What is the capital of France?")]);
        Compare(modules, folder, [new Asked("SmolLM2 " + type, folder["m.gguf"], again, ids, tolerance)]);
    }

    private static void Compare(string modules, TemporaryFolder folder, Asked[] models)
    {
        JsonArray answers = Ask(modules, folder, models);
        var faults = new List<string>();
        foreach ((Asked asked, JsonNode? answer) in models.Zip(answers))
        {
            (string name, _, LanguageModel model, int[] ids, double tolerance) = asked;
            if ((string?)answer!["error"] is { } error)
            {
                faults.Add($"{name}: {error}");
                continue;
            }
            JsonArray distributions = answer["distributions"]![0]!.AsArray();
            using Tensor logits = GoldenFile.Logits(model, ids);
            using Tensor mine = nn.functional.log_softmax(logits, 1);
            var divergences = new List<double>();
            for (int t = 0; t < ids.Length; t++)
            {
                using Tensor row = mine[t];
                double[] ours = Toys.Numbers.Of(row);
                double[] theirs = distributions[t]!.Doubles();
                divergences.Add(ours.Select((p, i) => theirs[i] > 0 ? theirs[i] * (Math.Log(theirs[i]) - p) : 0).Sum());
            }
            double worst = divergences.Max();
            string line = string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: KL divergence of the next token, largest {worst:E1}, median "
                    + $"{divergences.Order().ElementAt(ids.Length / 2):E1}"
            );
            TestContext.Current.SendDiagnosticMessage(line);
            if (!(worst <= tolerance))
                faults.Add(line);
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static JsonArray Ask(string modules, TemporaryFolder folder, Asked[] models)
    {
        string script = Path.Combine(Path.GetDirectoryName(modules)!, $"{Guid.NewGuid():N}.mjs"); // where node finds the package
        File.Copy(Path.Combine(SharedFiles.Repository, "tests", "Simper.Tests", "Models", "Gguf", "llama.mjs"), script);
        try
        {
            var request = new JsonArray([
                .. models.Select(m => new JsonObject
                {
                    ["path"] = m.Path,
                    ["lora"] = m.Adapter,
                    ["sequences"] = new JsonArray(new JsonArray([.. m.Ids.Select(i => (JsonNode)i)])),
                }),
            ]);
            string asked = folder.Write("request.json", request.ToJsonString());
            using Process process = Process.Start(
                new ProcessStartInfo("node", [script, asked, folder["answer.json"]])
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                }
            )!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors + output.Result);
            return JsonNode.Parse(File.ReadAllText(folder["answer.json"]))!.AsArray();
        }
        finally
        {
            File.Delete(script);
        }
    }

    /// <summary>A model in a file, and what answers for us.</summary>
    private sealed record Asked(string Name, string Path, LanguageModel Model, int[] Ids, double Tolerance)
    {
        /// <summary>The file of an adapter, which llama.cpp applies.</summary>
        public string? Adapter { get; init; }
    }

    private static string Modules()
    {
        string? given = Environment.GetEnvironmentVariable("SIMPER_NODE_LLAMA");
        Assert.SkipWhen(string.IsNullOrEmpty(given), "needs node_modules with node-llama-cpp, named by SIMPER_NODE_LLAMA");
        return Path.TrimEndingDirectorySeparator(given!);
    }
}
