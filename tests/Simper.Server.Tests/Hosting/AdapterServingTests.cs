using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Runs;
using Simper.Server.Hosting;
using Simper.Serving;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Server.Tests.Hosting;

/// <summary>A model and two adapters of it, served at once.</summary>
public sealed class AdapterServingTests : IDisposable
{
    private static readonly string[] Prompts = ["list the numbers from 3 to 5", "What is the capital?", "hello"];

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // An adapter that changes answers: all of its matrices are random.
    private string Adapter(string name, ulong seed)
    {
        var config = new AdapterConfig
        {
            Rank = 4,
            Alpha = 8,
            TargetModules = ModuleNames.Matching(ModuleNames.AllLinear),
        };
        using LanguageModel model = LanguageModel.Load(TestServer.DemoModel, Precision.Float32, trainable: false);
        using LanguageModel adapted = model.WithNewAdapter(config);
        using var noGrad = no_grad();
        using var generator = new Generator(seed, CPU);
        foreach (TensorWeight weight in adapted.Adapter!.Weights)
        {
            using Tensor values = randn([.. weight.Shape], generator: generator);
            values.TimesInPlace(0.3);
            weight.Set(values);
        }
        string folder = Path.Combine(_folder, name);
        adapted.Save(folder);
        return folder;
    }

    [Fact]
    public async Task Each_answers_beside_the_others_as_it_does_alone_and_the_weights_are_there_once()
    {
        (string Name, string Path)[] named =
        [
            ("base", TestServer.DemoModel),
            ("one", Adapter("one", seed: 1)),
            ("two", Adapter("two", seed: 2)),
        ];
        List<ServedModel> models = Open(named);
        var own = new HashSet<Weight>(models[0].Model.Weights, ReferenceEqualityComparer.Instance);
        Assert.NotEmpty(own);
        foreach (ServedModel adapted in models.Skip(1))
        {
            Assert.NotNull(adapted.Model.Adapter);
            Assert.True(own.IsSubsetOf(adapted.Model.Weights), "a weight of the model is in memory twice");
        }

        string[] together;
        await using (TestServer server = await TestServer.StartAsync(models))
            together = await Task.WhenAll(Requests(named).Select(r => Ask(server, r)));
        var alone = new List<string>();
        foreach ((string Name, string Path) model in named)
        {
            await using TestServer server = await TestServer.StartAsync(Open([model]));
            foreach (string request in Requests([model]))
                alone.Add(await Ask(server, request));
        }
        Assert.Equal(alone, together);
        Assert.Equal(3, alone.Where((_, i) => i % Prompts.Length == 0).Distinct().Count());
    }

    // As simper serve opens them.
    private static List<ServedModel> Open(IReadOnlyList<(string Name, string Path)> named)
    {
        using var open = new AnsweringModels(new AnsweringSettings { Precision = Precision.Float32, Mapped = false });
        return [.. named.Select(m => new ServedModel(m.Name, open.Open(m.Path)))];
    }

    private static IEnumerable<string> Requests(IEnumerable<(string Name, string Path)> models) =>
        from model in models
        from prompt in Prompts
        select new JsonObject
        {
            ["model"] = model.Name,
            ["prompt"] = prompt,
            ["max_tokens"] = 12,
            ["temperature"] = 0,
            ["logprobs"] = 1,
        }.ToJsonString();

    private static async Task<string> Ask(TestServer server, string request) =>
        (await server.AnswerAsync("/v1/completions", request, TestContext.Current.CancellationToken))["choices"]!.ToJsonString();
}
