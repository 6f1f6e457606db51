using System.Text.Json.Nodes;
using Simper.Benchmarks;

namespace Simper.Tests.Benchmarks;

/// <summary>Task files in the harness's YAML: what is read, and what is refused in a sentence that says where.</summary>
public sealed class TaskFileTests : IDisposable
{
    private const string Choice = """
        dataset_path: json
        dataset_kwargs: { data_files: { test: rows.jsonl } }
        test_split: test
        output_type: multiple_choice
        doc_to_text: "Q: {{question}}\nA:"
        doc_to_choice: choices
        doc_to_target: answer

        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-tasks-").FullName;

    public TaskFileTests() =>
        Write(
            "rows.jsonl",
            """
            {"question": "1 + 1?", "choices": ["two", "three"], "answer": 0}
            {"question": "2 + 1?", "choices": ["two", "three"], "answer": 1}
            """
        );

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_task_reads_its_rows_beside_its_file()
    {
        BenchmarkTask task = Load("task: mine\n" + Choice);
        TaskSample[] samples = [.. task.Samples()];
        Assert.Equal(2, samples.Length);
        var request = Assert.IsType<BenchmarkRequest.Continuation>(samples[1].Requests[1]);
        Assert.Equal(("Q: 2 + 1?\nA:", " three"), (request.Context, request.Text));
        Assert.Equal(["acc", "acc_norm"], task.MetricNames);
    }

    [Fact]
    public void Files_include_others_and_override_them()
    {
        Write("base.yaml", Choice);
        BenchmarkTask task = Load("include: base.yaml\ntask: mine\ntarget_delimiter: ''\ndescription: \"Think.\\n\"\n");
        var request = Assert.IsType<BenchmarkRequest.Continuation>(task.Samples().First().Requests[0]);
        Assert.Equal(("Think.\nQ: 1 + 1?\nA:", "two"), (request.Context, request.Text));
    }

    [Theory]
    [InlineData("num_fewshots: 2\n", "there is no such key; did you mean num_fewshot?")]
    [InlineData("process_results: !function utils.secret\n", "the function utils.secret is Python and not known here")]
    [InlineData("metric_list: [{ metric: bleu }]\n", "the metric bleu is not known here for multiple_choice")]
    [InlineData("metric_list: [{ metric: acc, aggregation: maen }]\n", "did you mean mean?")]
    [InlineData("filter_list: [{ name: x, filter: [{ function: magic }] }]\n", "the filter magic is not known here")]
    [InlineData("num_fewshot: 5\n", "5 shots are wanted, and there are 2 rows")]
    [InlineData("fewshot_config: { sampler: balanced }\nnum_fewshot: 1\n", "the sampler balanced is not known here")]
    [InlineData("doc_to_image: x\n", "this program does not read it")]
    [InlineData("gen_prefix: '{{nothing}}'\n", "\"nothing\" is not defined")]
    [InlineData("validation_split: x\ntest_split: y\n", "data_files has no split y")]
    public void What_cannot_be_followed_is_refused_by_name(string lines, string message)
    {
        string text = lines.Contains("test_split", StringComparison.Ordinal)
            ? Choice.Replace("test_split: test\n", "", StringComparison.Ordinal)
            : Choice;
        var error = Assert.Throws<SimperException>(() => Load("task: mine\n" + text + lines).Samples().ToArray());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("mine.yaml", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_are_not_here_are_named_with_the_line_that_gets_them()
    {
        var error = Assert.Throws<SimperException>(() =>
            BenchmarkTask.Load(new TaskLibrary().Select(["arc_easy"]).Tasks[0], new PromptOptions { DataFolder = _folder })
        );
        Assert.Contains("load_dataset('allenai/ai2_arc', 'ARC-Easy', split='test')", error.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_folder, "arc_easy"));
        Write(
            "arc_easy/test.jsonl",
            """{"question": "Why?", "choices": {"text": ["so", "no"], "label": ["A", "B"]}, "answerKey": "B"}"""
        );
        BenchmarkTask task = BenchmarkTask.Load(
            new TaskLibrary().Select(["arc_easy"]).Tasks[0],
            new PromptOptions { DataFolder = _folder }
        );
        Assert.Equal("1", task.Samples().Single().Target!.ToJsonString());
    }

    [Fact]
    public void A_file_of_questions_is_a_task()
    {
        Write("quiz.jsonl", """{"query": "Which?", "choices": ["x", "y"], "answer": "B"}""");
        TaskConfig config = new TaskLibrary().Select([Path.Combine(_folder, "quiz.jsonl")]).Tasks.Single();
        TaskSample sample = BenchmarkTask.Load(config, new PromptOptions()).Samples().Single();
        Assert.Equal(("quiz", "1"), (config.Name, sample.Target!.ToJsonString()));
        Write("none.jsonl", """{"text": "Which?"}""");
        var error = Assert.Throws<SimperException>(() => new TaskLibrary().Select([Path.Combine(_folder, "none.jsonl")]));
        Assert.Contains("its rows have no question", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_tags_patterns_and_folders_stand_for_their_tasks()
    {
        var library = new TaskLibrary();
        Assert.Equal(57, library.Select(["mmlu"]).Tasks.Count);
        Assert.Equal(57, library.Select(["mmlu_*", "mmlu"]).Tasks.Count);
        Assert.Equal(24 + 7 + 3 + 3 + 2, library.Select(["leaderboard"]).Tasks.Count);
        Assert.Equal(["truthfulqa_mc1", "truthfulqa_mc2"], library.Select(["truthfulqa"]).Tasks.Select(t => t.Name));
        var error = Assert.Throws<SimperException>(() => library.Select(["arc_esay"]));
        Assert.Contains("did you mean arc_easy?", error.Message, StringComparison.Ordinal);
        Write("own.yaml", "task: arc_easy\n" + Choice);
        Assert.Equal("json", new TaskLibrary(_folder).Select(["arc_easy"]).Tasks.Single().ToJson()["dataset_path"]!.ToString());
    }

    [Fact]
    public void Every_task_of_the_program_is_read_to_its_figures()
    {
        var library = new TaskLibrary();
        foreach (string name in library.Names)
        {
            foreach (TaskConfig config in library.Select([name]).Tasks)
            {
                Assert.NotEmpty(TaskMetric.Of(config));
                Assert.NotEmpty(ResponseFilter.Of(config));
            }
        }
    }

    [Fact]
    public void YAML_is_read_as_PyYAML_reads_it()
    {
        Write("x.yaml", "a: yes\nb: 'yes'\nc: 1.0\nd: 1e3\ne: ~\nf: -3\ng: .5\nh: !function a.b\ni: 007\nj: |\n  text\n");
        JsonObject read = TaskYaml.Read(new TaskFile(Path.Combine(_folder, "x.yaml"), IsBuiltin: false));
        Assert.Equal(
            """{"a":true,"b":"yes","c":1.0,"d":"1e3","e":null,"f":-3,"g":0.5,"h":{"!function":"a.b"},"i":"007","j":"text\n"}""",
            read.ToJsonString()
        );
    }

    private BenchmarkTask Load(string yaml)
    {
        Write("mine.yaml", yaml);
        TaskConfig config = new TaskLibrary().Select([Path.Combine(_folder, "mine.yaml")]).Tasks.Single();
        return BenchmarkTask.Load(config, new PromptOptions());
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);
}
