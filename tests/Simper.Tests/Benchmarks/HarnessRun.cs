using System.Text.Json.Nodes;
using Simper.Benchmarks;
using Simper.Models;
using Simper.Testing;

namespace Simper.Tests.Benchmarks;

/// <summary>A recorded run of lm-evaluation-harness: its task, settings, samples and results.</summary>
internal sealed class HarnessRun
{
    /// <summary>The bootstrap of the recorded runs: the harness's own default is 100,000.</summary>
    public const int Resamples = 1000;

    private const string Folder = "lm_eval";

    private HarnessRun(string name)
    {
        Name = name;
        TaskFile = Read("task.json")["task_file"]!.ToString();
        Results = Read("results.json");
        Samples =
        [
            .. File.ReadLines(SharedFiles.Path("golden", Folder, name, "samples.jsonl"))
                .Where(l => l.Length > 0)
                .Select(l => JsonNode.Parse(l)!.AsObject()),
        ];
    }

    public string Name { get; }

    public string TaskFile { get; }

    public JsonObject Results { get; }

    public IReadOnlyList<JsonObject> Samples { get; }

    public bool IsChat => Settings["apply_chat_template"]?.GetValue<bool>() ?? false;

    public int MaxLength => Settings["max_length"]!.GetValue<int>();

    private JsonObject Settings => Results["settings"]!.AsObject();

    /// <summary>All runs that are there.</summary>
    public static TheoryData<string> Names =>
        SharedFiles.Rows(() =>
            SharedFiles
                .Folders("golden", Folder)
                .Where(f => File.Exists(SharedFiles.Path("golden", Folder, f, "task.json")))
                .Where(f => File.Exists(SharedFiles.Path("golden", Folder, f, "samples.jsonl")))
        );

    /// <summary>A run by its name.</summary>
    public static HarnessRun Of(string name) => new(name);

    /// <summary>The run's task, with its settings.</summary>
    public BenchmarkTask Task()
    {
        string file = Path.Combine(SharedFiles.Path("golden", Folder), TaskFile);
        TaskConfig config = new TaskLibrary().Select([file]).Tasks.Single();
        return BenchmarkTask.Load(
            config,
            new PromptOptions
            {
                NumFewshot = Settings["num_fewshot"]?.GetValue<int>(),
                FewshotSeed = Settings["fewshot_seed"]!.GetValue<int>(),
                FewshotAsMultiturn = Settings["fewshot_as_multiturn"]?.GetValue<bool>() ?? false,
                Limit = Samples.Count,
            }
        );
    }

    /// <summary>The rows with their requests, as this program makes them.</summary>
    public TaskSample[] Made(BenchmarkTask task) => [.. task.Samples(IsChat ? Files : null)];

    /// <summary>The tokenizer and template of the model that was run.</summary>
    public static ModelFiles Files => ModelFiles.ForTokenizer(ModelFolder);

    /// <summary>The model that was run.</summary>
    public static string ModelFolder => SharedFiles.Path("models", "smollm2-135m-instruct");

    /// <summary>The recorded answers to a sample's requests.</summary>
    public static IReadOnlyList<IReadOnlyList<RequestAnswer>> Answers(JsonObject sample)
    {
        if (sample["requests"] is JsonArray requests)
            return
            [
                .. requests.Select(r =>
                    (IReadOnlyList<RequestAnswer>)
                        [
                            new RequestAnswer
                            {
                                LogLikelihood = r!["log_likelihood"]!.GetValue<double>(),
                                IsGreedy = r["is_greedy"]!.GetValue<bool>(),
                            },
                        ]
                ),
            ];
        return sample["log_likelihood"] is { } sum
            ?
            [
                [new RequestAnswer { LogLikelihood = sum.GetValue<double>() }],
            ]
            :
            [
                [new RequestAnswer { Text = sample["response"]!.ToString() }],
            ];
    }

    private JsonObject Read(string file) =>
        JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", Folder, Name, file)))!.AsObject();
}
