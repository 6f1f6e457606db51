using System.Text.Json.Nodes;
using Simper.Benchmarks;
using Simper.Testing;
using Simper.Tests.Golden;

namespace Simper.Tests.Benchmarks;

/// <summary>The leaderboard's prompts, byte for byte, from the program's own task files and from the harness's.</summary>
public class LeaderboardPromptTests
{
    private static readonly Dictionary<string, string> Groups = new() { ["leaderboard_gpqa"] = "leaderboard_gpqa_main" };

    public static TheoryData<string> Tasks => SharedFiles.Rows(() => Rows.Select(r => r["task"]!.ToString()).Distinct());

    private static IEnumerable<JsonNode> Rows =>
        File.ReadLines(SharedFiles.Path("golden", "leaderboard", "rendered.jsonl")).Select(l => JsonNode.Parse(l)!);

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Prompts_of_the_program_s_tasks_are_the_harness_s(string task) =>
        Expect(task, new TaskLibrary().Select([Groups.GetValueOrDefault(task, task)]).Tasks.Single().ToJson());

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Prompts_of_the_harness_s_tasks_are_the_harness_s(string task)
    {
        string name = Groups.GetValueOrDefault(task, task);
        JsonObject all = GoldenFile.Read("golden", "leaderboard", "tasks.json").AsObject();
        JsonObject keys = all.Select(t => t.Value!.AsObject()).Single(t => t["task"]!.ToString() == name).DeepClone().AsObject();
        foreach ((string key, JsonNode? value) in keys.ToArray())
        {
            if (value is JsonValue text && text.ToString().StartsWith("!function ", StringComparison.Ordinal))
                keys[key] = new JsonObject { ["!function"] = text.ToString()["!function ".Length..] };
        }
        Expect(task, keys);
    }

    [Fact]
    public void The_program_s_tasks_have_the_harness_s_keys()
    {
        JsonObject all = GoldenFile.Read("golden", "leaderboard", "tasks.json").AsObject();
        var library = new TaskLibrary();
        int compared = 0;
        foreach ((string file, JsonNode? keys) in all)
        {
            string name = keys!["task"]!.ToString();
            if (!library.Names.Contains(name))
                continue;
            JsonObject own = library.Select([name]).Tasks.Single().ToJson();
            foreach (
                string key in (string[])
                    [
                        "dataset_path",
                        "dataset_name",
                        "output_type",
                        "training_split",
                        "validation_split",
                        "test_split",
                        "doc_to_text",
                        "doc_to_target",
                        "doc_to_choice",
                        "description",
                        "num_fewshot",
                        "generation_kwargs",
                        "metric_list",
                        "filter_list",
                        "metadata",
                        "target_delimiter",
                        "fewshot_delimiter",
                    ]
            )
            {
                if (keys[key] is JsonValue function && function.ToString().StartsWith("!function", StringComparison.Ordinal))
                    continue;
                JsonNode? wanted = Plain(keys[key]);
                Assert.True(JsonNode.DeepEquals(wanted, Plain(own[key])), $"{file}, {key}: {own[key]?.ToJsonString()}");
            }
            compared++;
        }
        Assert.True(compared >= 30, $"{compared} tasks were compared");
    }

    // Numbers by value, 1.0 as 1; functions by being there.
    private static JsonNode? Plain(JsonNode? node) =>
        node is null
            ? null
            : JsonNode.Parse(
                System.Text.RegularExpressions.Regex.Replace(
                    System.Text.RegularExpressions.Regex.Replace(
                        node.ToJsonString(),
                        """\{"!function":"([^"]*)"\}""",
                        "\"!function $1\""
                    ),
                    @"(?<=[:,\[]-?\d+)\.0(?=[,}\]])",
                    ""
                )
            );

    private static void Expect(string task, JsonObject keys)
    {
        JsonNode[] rows = [.. Rows.Where(r => r["task"]!.ToString() == task)];
        string file = Path.Combine(Path.GetTempPath(), $"simper-{Guid.NewGuid():N}.jsonl");
        File.WriteAllLines(file, rows.Select(r => r["row"]!.ToJsonString()));
        try
        {
            string split = (keys["test_split"] ?? keys["validation_split"])!.ToString();
            keys["dataset_kwargs"] = new JsonObject { ["data_files"] = new JsonObject { [split] = file } };
            keys["num_fewshot"] = 0;
            keys.Remove("fewshot_split");
            var loaded = BenchmarkTask.Load(new TaskConfig(keys, new TaskFile(file, IsBuiltin: false)), new PromptOptions());
            TaskSample[] samples = [.. loaded.Samples()];
            Assert.Equal(rows.Length, samples.Length);
            for (int i = 0; i < rows.Length; i++)
            {
                JsonNode row = rows[i];
                var requests = samples[i].Requests.Cast<BenchmarkRequest.Continuation>().ToArray();
                Assert.All(requests, r => Assert.Equal((row["context"] ?? row["context_zero_shot"])!.ToString(), r.Context));
                Assert.Equal(row["continuations"]!.AsArray().Select(c => c!.ToString()), requests.Select(r => r.Text));
                if (row["gold"] is { } gold && task == "hellaswag")
                    Assert.Equal(gold.ToJsonString(), samples[i].Target!.ToJsonString());
                else if (row["target"] is { } target)
                    Assert.Equal(target.ToString(), samples[i].Target!.ToString());
                foreach ((string column, JsonNode? value) in row["processed"] as JsonObject ?? [])
                    Assert.Equal(value!.ToString(), samples[i].Row[column]!.ToString());
            }
        }
        finally
        {
            File.Delete(file);
        }
    }
}
