using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

public sealed class JudgeCommandsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("judge").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private static string Alpaca(params string[] parts) => SharedFiles.Path(["data", "alpaca_eval", .. parts]);

    [Fact]
    public async Task Recorded_annotations_are_scored_and_placed()
    {
        (int code, string output, string errors) = await Typed.Run(
            "alpaca",
            "score",
            Alpaca("annotations", "vicuna-7b-v1.5.json.gz"),
            "--gamed",
            Alpaca("gamed_baselines.csv"),
            "--leaderboard",
            Alpaca("leaderboard.csv")
        );
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("AlpacaEval 2", output, StringComparison.Ordinal);
        Assert.Contains("7.6", output, StringComparison.Ordinal);
        Assert.Matches(@"place \d+ of \d+", output);
    }

    [Fact]
    public async Task Without_the_gamed_rows_the_figure_has_another_name_and_no_place()
    {
        (int code, string output, _) = await Typed.Run(
            "alpaca",
            "score",
            Alpaca("annotations", "vicuna-7b-v1.5.json.gz"),
            "--leaderboard",
            Alpaca("leaderboard.csv")
        );
        Assert.Equal(0, code);
        Assert.Contains("length_controlled_minimal", output, StringComparison.Ordinal);
        Assert.DoesNotContain("place", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_judge_s_figure_carries_its_name_and_has_no_place()
    {
        WriteAnnotations("my-judge");
        (int code, string output, _) = await Typed.Run("alpaca", "score", In("annotations.json"));
        Assert.Equal(0, code);
        Assert.Contains("judged by my-judge", output, StringComparison.Ordinal);
        Assert.Contains("not comparable", output, StringComparison.Ordinal);
        Assert.DoesNotContain("AlpacaEval 2 ", output.Split("not comparable")[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no annotations", "[]")]
    [InlineData("item 1: \"output_1\"", """[{"instruction": "a"}]""")]
    [InlineData("is no JSON", "{{")]
    public async Task A_file_that_is_none_is_one_sentence(string says, string text)
    {
        File.WriteAllText(In("annotations.json"), text);
        (int code, _, string errors) = await Typed.Run("alpaca", "score", In("annotations.json"));
        Assert.Equal(2, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ratings_become_a_table_and_a_page()
    {
        string questions = In("question.jsonl");
        File.WriteAllLines(
            questions,
            [
                """{"question_id": 81, "category": "writing", "turns": ["a", "b"]}""",
                """{"question_id": 111, "category": "math", "turns": ["a", "b"]}""",
            ]
        );
        File.WriteAllLines(
            In("j_single.jsonl"),
            [
                """{"question_id": 81, "model": "m<1>", "judge": ["gpt-4", "single-v1"], "score": 7, "turn": 1}""",
                """{"question_id": 111, "model": "m<1>", "judge": ["gpt-4", "single-v1"], "score": 4, "turn": 1}""",
                """{"question_id": 111, "model": "m<1>", "judge": ["gpt-4", "single-v1"], "score": -1, "turn": 2}""",
            ]
        );
        (int code, string output, string errors) = await Typed.Run(
            "mtbench",
            "score",
            In("j_single.jsonl"),
            "--questions",
            questions,
            "--page",
            In("page.html")
        );
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("5.500", output, StringComparison.Ordinal);
        Assert.Contains("1 judgments have no rating", output, StringComparison.Ordinal);
        string page = File.ReadAllText(In("page.html"));
        Assert.Contains("<svg", page, StringComparison.Ordinal);
        Assert.Contains("m&lt;1&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_comparison_needs_somebody_who_judges()
    {
        (int code, _, string errors) = await Typed.Run("judge", "a.jsonl", "b.jsonl", "--output_dir", _folder);
        Assert.Equal(2, code);
        Assert.Contains("--judge", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_files_of_answers_are_compared_under_a_local_model()
    {
        string[] rows = [.. Enumerable.Range(0, 12).Select(i => $"Tell a story of number {i}.")];
        File.WriteAllLines(In("a.jsonl"), rows.Select(p => Row(p, "Once upon a time there was a little girl.")));
        File.WriteAllLines(In("b.jsonl"), rows.Select(p => Row(p, "zq xv 9981 kkk ## qqq")));
        (int code, string output, string errors) = await Typed.Run(
            "judge",
            In("a.jsonl"),
            In("b.jsonl"),
            "--proxy",
            SharedFiles.Path("data", "stories260K-hf"),
            "--output_dir",
            In("out")
        );
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("0 / 12 / 0", output, StringComparison.Ordinal);
        JsonNode result = JsonNode.Parse(File.ReadAllText(In(Path.Combine("out", "result.json"))))!;
        Assert.Equal(0, (double)result["win_rate"]!);
        Assert.Contains("mean log-prob", (string)result["judge"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_of_a_command_that_was_stopped_are_kept_and_those_of_another_model_are_not()
    {
        string model = SharedFiles.Path("data", "stories260K-hf");
        File.WriteAllLines(
            In("prompts.jsonl"),
            Enumerable.Range(0, 18).Select(i => new JsonObject { ["prompt"] = $"Once upon a time there were {i}" }.ToJsonString())
        );
        async Task<string[]> Judged(int tokens)
        {
            (int code, _, string errors) = await Typed.Run(
                "judge",
                model,
                Path.Combine(SharedFiles.Repository, "assets", "demo", "model"),
                "--prompt_file",
                In("prompts.jsonl"),
                "--max_new_tokens",
                $"{tokens}",
                "--proxy",
                model,
                "--output_dir",
                In("out")
            );
            Assert.Equal((0, ""), (code, errors));
            return File.ReadAllLines(In(Path.Combine("out", "first.jsonl")));
        }
        string[] whole = await Judged(6);
        Assert.Equal(18, whole.Length);
        // As an interruption leaves it: two passes, one of which can be told from a new one, and half a line.
        JsonObject seen = JsonNode.Parse(whole[7])!.AsObject();
        seen["answer"] = "kept";
        string[] left = [.. whole[..7], seen.ToJsonString(), .. whole[8..11]];
        File.WriteAllText(In(Path.Combine("out", "first.jsonl")), string.Join('\n', left) + "\n{\"prompt\": \"Te");
        string[] resumed = await Judged(6);
        Assert.Equal("kept", (string)JsonNode.Parse(resumed[7])!["answer"]!);
        Assert.Equal([.. whole[..7], .. whole[8..]], [.. resumed[..7], .. resumed[8..]]);
        string[] longer = await Judged(7); // none of these answers
        Assert.NotEqual("kept", (string)JsonNode.Parse(longer[7])!["answer"]!);
    }

    private static string Row(string prompt, string answer) =>
        new JsonObject { ["prompt"] = prompt, ["answer"] = answer }.ToJsonString();

    private void WriteAnnotations(string judge) =>
        File.WriteAllText(
            In("annotations.json"),
            new JsonArray([
                .. Enumerable
                    .Range(0, 30)
                    .Select(i =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["instruction"] = $"i{i}",
                                ["output_1"] = new string('x', 20 + i),
                                ["output_2"] = new string('x', 30 + i * i % 17),
                                ["generator_1"] = "base",
                                ["generator_2"] = "mine",
                                ["annotator"] = judge,
                                ["preference"] = 1 + i % 3 / 2.0,
                            }
                    ),
            ]).ToJsonString()
        );
}
