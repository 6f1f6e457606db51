using System.Text.Json.Nodes;
using Simper.Benchmarks;
using Simper.Testing;

namespace Simper.Tests.Benchmarks;

/// <summary>
/// Whole evaluations of the sample tasks with a small model: files, going on after a stop, two models compared.
/// </summary>
public sealed class BenchmarkRunTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"simper-eval-{Guid.NewGuid():N}");

    private static string Model => SharedFiles.Path("data", "stories260K-hf");

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Results_and_samples_have_the_harness_s_shape()
    {
        BenchmarkResults results = new BenchmarkRun(Settings(["sample"])).Run().Single();
        JsonObject json = Read("results.json");
        Assert.Equal(4, results.Tasks.Count);
        foreach (string key in (string[])["results", "configs", "versions", "n-shot", "higher_is_better", "n-samples", "config"])
            Assert.IsType<JsonObject>(json[key]);
        Assert.Equal(16, json["n-samples"]!["sample_questions"]!["effective"]!.GetValue<int>());
        Assert.Equal("N/A", json["results"]!["sample_pages"]!["word_perplexity_stderr,none"]!.ToString());
        Assert.True(json["results"]!["sample_words"]!["perplexity_stderr,none"]!.GetValue<double>() > 0);
        JsonObject sample = JsonNode
            .Parse(File.ReadLines(Path.Combine(_folder, "samples_sample_sums.jsonl")).First())!
            .AsObject();
        Assert.Equal(0, sample["doc_id"]!.GetValue<int>());
        Assert.StartsWith("Question: ", sample["arguments"]!["gen_args_0"]!["arg_0"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("strict-match", sample["filter"]!.ToString());
        Assert.Equal(64, sample["doc_hash"]!.ToString().Length);
    }

    [Fact]
    public void A_stopped_evaluation_goes_on_and_ends_as_an_unbroken_one()
    {
        BenchmarkResults whole = new BenchmarkRun(Settings(["sample"]) with { OutputDir = null }).Run().Single();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() =>
            new BenchmarkRun(Settings(["sample"]) with { TokensTogether = 128 }).Run(
                p =>
                {
                    if (p.Task == "sample_questions" && p.Done > 0)
                        stop.Cancel();
                },
                cancel: stop.Token
            )
        );
        int kept = File.ReadLines(Path.Combine(_folder, "answers.jsonl")).Count();
        Assert.InRange(kept, 1, 63);
        File.AppendAllText(Path.Combine(_folder, "answers.jsonl"), "{\"half a li"); // as a crash leaves it
        BenchmarkResults resumed = new BenchmarkRun(Settings(["sample"])).Run().Single();
        Expect(whole, resumed);
        int asked = 0;
        BenchmarkResults again = new BenchmarkRun(Settings(["sample"])).Run(p => asked = Math.Max(asked, p.Done)).Single();
        Expect(resumed, again);
        Assert.Equal(0, asked); // everything is known
    }

    [Fact]
    public void Stopped_again_and_again_it_ends_with_the_same_files()
    {
        BenchmarkSettings whole = Settings(["sample"]) with { TokensTogether = 128 };
        new BenchmarkRun(whole).Run();
        BenchmarkSettings parts = whole with { OutputDir = Path.Combine(_folder, "parts") };
        int stops = 0;
        while (!IsDone())
            stops++;
        Assert.InRange(stops, 4, 100);
        string[] names = [.. Files(_folder)];
        Assert.Equal(names, Files(parts.OutputDir));
        Assert.Contains("samples_sample_sums.jsonl", names); // a task that generates
        foreach (string name in names)
            Assert.Equal(Content(_folder, name), Content(parts.OutputDir, name));

        // A few answers more each time.
        bool IsDone()
        {
            using var stop = new CancellationTokenSource();
            int reports = 0;
            void Count(BenchmarkProgress progress)
            {
                if (progress.Done > 0 && ++reports == 12)
                    stop.Cancel();
            }
            try
            {
                new BenchmarkRun(parts).Run(Count, cancel: stop.Token);
                return true;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        }

        IEnumerable<string> Files(string folder) =>
            Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

        // Only when it was, and how long it took.
        static string Content(string folder, string name)
        {
            string text = File.ReadAllText(Path.Combine(folder, name));
            if (name != "results.json")
                return text;
            JsonObject json = JsonNode.Parse(text)!.AsObject();
            Assert.True(json.Remove("date") && json.Remove("total_evaluation_time_seconds"));
            return json.ToJsonString();
        }
    }

    [Fact]
    public void A_model_is_no_different_from_itself_row_by_row()
    {
        IReadOnlyList<BenchmarkResults> both = new BenchmarkRun(
            Settings(["sample_questions", "sample_words"]) with
            {
                Models = [Model, Model],
            }
        ).Run();
        ModelComparison comparison = ModelComparison.Of(both[0], both[1]);
        Assert.Equal(["acc", "acc_norm", "perplexity", "acc"], comparison.Figures.Select(f => f.Metric));
        Assert.All(comparison.Figures.Where(f => f.Difference is not null), f => Assert.Equal(0, f.Difference!.Mean));
        Assert.True(File.Exists(Path.Combine(_folder, "comparison.json")));
        Assert.True(File.Exists(Path.Combine(_folder, "stories260K-hf", "results.json")));
        Assert.True(File.Exists(Path.Combine(_folder, "stories260K-hf-2", "results.json")));
    }

    [Fact]
    public void Batches_of_any_size_give_the_same_figures()
    {
        BenchmarkResults large = new BenchmarkRun(Settings(["sample_questions"]) with { OutputDir = null }).Run().Single();
        BenchmarkResults small = new BenchmarkRun(Settings(["sample_questions"]) with { OutputDir = null, TokensTogether = 1 })
            .Run()
            .Single();
        Expect(large, small);
    }

    [Fact]
    public void Without_a_model_or_a_task_it_says_what_to_give()
    {
        Assert.Contains(
            "Which tasks?",
            Assert.Throws<SimperException>(() => new BenchmarkRun(Settings([])).Run()).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "Which model?",
            Assert.Throws<SimperException>(() => new BenchmarkRun(Settings(["sample"]) with { Models = [] }).Run()).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_second_model_that_cannot_be_used_is_found_before_the_first_is_asked()
    {
        var error = Assert.Throws<SimperException>(() =>
            new BenchmarkRun(
                Settings(["sample_questions"]) with
                {
                    Models = [Model, SharedFiles.Path("data", "tiny-random-llama-hf")],
                }
            ).Run()
        );
        Assert.Contains("there is no tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder));
    }

    private BenchmarkSettings Settings(IReadOnlyList<string> tasks) =>
        new()
        {
            Models = [Model],
            Tasks = tasks,
            OutputDir = _folder,
            BootstrapIterations = 1000,
            Prompts = new PromptOptions { Limit = 16 },
        };

    private JsonObject Read(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, name)))!.AsObject();

    private static void Expect(BenchmarkResults expected, BenchmarkResults found)
    {
        (string, string, double)[] Figures(BenchmarkResults r) =>
            [.. r.Tasks.SelectMany(t => t.Figures.Select(f => (t.Task.Config.Name, f.Metric, f.Value)))];
        (string Task, string Metric, double Value)[] a = Figures(expected);
        (string Task, string Metric, double Value)[] b = Figures(found);
        Assert.Equal(a.Select(f => (f.Task, f.Metric)), b.Select(f => (f.Task, f.Metric)));
        for (int i = 0; i < a.Length; i++)
            Assert.Equal(a[i].Value, b[i].Value, Math.Abs(a[i].Value) * 1e-4 + 1e-9);
    }
}
