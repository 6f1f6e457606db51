using System.Text;
using System.Text.Json.Nodes;
using Simper.Cli.Demo;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

public sealed class DataGenerateCommandTests : IDisposable
{
    private static readonly string Demo = Path.Combine(DemoRun.Assets, "model");

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => Path.Combine(_folder, name);

    private string Prompts(int count)
    {
        File.WriteAllLines(In("prompts.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "train.jsonl")).Take(count));
        return In("prompts.jsonl");
    }

    private string[] Line(string prompts, string output, params string[] more) =>
        [
            "data",
            "generate",
            prompts,
            "--model_name_or_path",
            Demo,
            "--dtype",
            "float32",
            "--max_new_tokens",
            "24",
            "--output_file",
            output,
            .. more,
        ];

    [Fact]
    public async Task Pairs_of_a_model_s_own_answers_are_made_shown_and_trained_on()
    {
        (int code, string output, string errors) = await Typed.Run(Line(Prompts(8), In("pairs.jsonl"), "--score", "length:..12"));
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("40 answers to 8 prompts", output, StringComparison.Ordinal);
        Assert.Contains("prompt 8/8  left 00:00:00  40 answers", output, StringComparison.Ordinal);
        JsonObject[] rows = [.. File.ReadLines(In("pairs.jsonl")).Select(l => JsonNode.Parse(l)!.AsObject())];
        Assert.NotEmpty(rows);
        Assert.All(rows, r => Assert.True((double)r["score_chosen"]! > (double)r["score_rejected"]!));
        JsonNode made = JsonNode.Parse(File.ReadAllText(In("pairs.jsonl.provenance.json")))!;
        Assert.Equal(64, ((string)made["model"]!["weights_sha256"]!).Length);
        (code, output, errors) = await Typed.Run("data", "show", In("pairs.jsonl"), "--model_name_or_path", Demo);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(
            $"{rows.Length} rows of the layout messages (prompt, chosen, rejected)",
            output,
            StringComparison.Ordinal
        );
        (code, _, errors) = await Typed.Run(
            "train",
            "--model_name_or_path",
            Demo,
            "--dataset_name",
            In("pairs.jsonl"),
            "--output_dir",
            In("run"),
            "--dtype",
            "float32",
            "--max_steps",
            "2",
            "--test_split_size",
            "0",
            "--learning_rate",
            "1e-4"
        );
        Assert.Equal((0, ""), (code, errors));
    }

    [Fact]
    public async Task The_same_answers_come_however_many_are_computed_at_once()
    {
        string[] rule = ["--score", "length:..12", "--keep_all", "--answers", "3"];
        string prompts = Prompts(5);
        Assert.Equal(0, (await Typed.Run(Line(prompts, In("one.jsonl"), [.. rule, "--max_sequences", "1"]))).Code);
        Assert.Equal(0, (await Typed.Run(Line(prompts, In("many.jsonl"), [.. rule, "--max_sequences", "9"]))).Code);
        Assert.Equal(0, (await Typed.Run(Line(prompts, In("seed.jsonl"), [.. rule, "--seed", "1"]))).Code);
        Assert.Equal(0, (await Typed.Run(Line(prompts, In("few.jsonl"), [.. rule, "--limit", "2"]))).Code);
        Assert.Equal(File.ReadAllText(In("one.jsonl")), File.ReadAllText(In("many.jsonl")));
        Assert.NotEqual(File.ReadAllText(In("one.jsonl")), File.ReadAllText(In("seed.jsonl")));
        Assert.StartsWith(File.ReadAllText(In("few.jsonl")), File.ReadAllText(In("one.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_model_continues_texts_as_they_stand()
    {
        File.WriteAllText(In("prompts.jsonl"), """{"prompt": "Once upon a time"}""");
        (int code, _, string errors) = await Typed.Run(
            "data",
            "generate",
            In("prompts.jsonl"),
            "--model_name_or_path",
            SharedFiles.Path("data", "stories260K-hf"),
            "--dtype",
            "float32",
            "--max_new_tokens",
            "12",
            "--score",
            "length:30",
            "--allow_cut",
            "--output_file",
            In("pairs.jsonl")
        );
        Assert.Equal((0, ""), (code, errors));
        JsonNode row = JsonNode.Parse(File.ReadAllText(In("pairs.jsonl")))!;
        Assert.Equal("Once upon a time", (string)row["prompt"]!);
        Assert.Matches(@"^[,.]|^ \w", (string)row["chosen"]!);
    }

    public static TheoryData<string, string> Mistakes =>
        new()
        {
            { "", "How are answers scored? Give --score" },
            { "--score length:9..1", "is no range of lengths" },
            { "--score nice", "nice is no rule" },
            { "--score length:3 --answers 1", "a pair takes two different ones" },
            { "--score length:3 --answers 129", "ask for 128 at most" },
            { "--score length:3 --temperature 0", "the same answer each time" },
            { "--score length:3 --pairs worst", "has to be one of best_worst, all, random, ranked" },
            { "--score length:3 --min_gap -1", "min_gap is -1" },
            { "--score length:3 --score_weights 1,2", "2 numbers for 1 --score" },
            { "--score length:3 --score_weights x", "give a number other than 0" },
            { "--judge m --judge_prompt none.txt", "--judge_prompt: none.txt cannot be read: there is no such file" },
            { "--judge m --score length:3", "no --score asks it; add --score judge or pairwise" },
            { "--score judge", "--score judge asks a judge" },
            { "--score length:3 --score length:3", "--score length:3 is given twice" },
            { "--judge m --judgements 0", "judgements is 0" },
            { "--judge m --base_url nowhere", "base_url is nowhere" },
            { "--score length:3 --endpoint nowhere", "--endpoint is nowhere" },
            { "--score exact:gold", "line 1: --score exact:gold reads the column gold, which is not there" },
            { "--score length:3 --limit 0", "--limit is 0" },
            { "--score length:3 --max_sequences 0", "the number of sequences at once is 0" },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_one_sentence_and_leaves_nothing(string words, string says)
    {
        (int code, _, string errors) = await Typed.Run(
            Line(Prompts(2), In("pairs.jsonl"), words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        );
        Assert.Equal(2, code);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Equal(["prompts.jsonl"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_file_that_is_there_or_holds_no_prompt_is_refused()
    {
        File.WriteAllText(In("pairs.jsonl"), "mine");
        (int code, _, string errors) = await Typed.Run(Line(Prompts(1), In("pairs.jsonl"), "--score", "length:3"));
        Assert.Equal(2, code);
        Assert.Contains("pairs.jsonl is there already", errors, StringComparison.Ordinal);
        File.WriteAllText(In("empty.jsonl"), "");
        (code, _, errors) = await Typed.Run(Line(In("empty.jsonl"), In("other.jsonl"), "--score", "length:3"));
        Assert.Equal(2, code);
        Assert.Contains("empty.jsonl holds no rows", errors, StringComparison.Ordinal);
        (code, _, errors) = await Typed.Run(
            "data",
            "generate",
            Prompts(1),
            "--score",
            "length:3",
            "--output_file",
            In("other.jsonl")
        );
        Assert.Equal(2, code);
        Assert.Contains("Which model?", errors, StringComparison.Ordinal);
    }

    private static string Said(string text) =>
        new JsonObject
        {
            ["choices"] = new JsonArray(
                new JsonObject
                {
                    ["finish_reason"] = "stop",
                    ["message"] = new JsonObject { ["content"] = text },
                }
            ),
        }.ToJsonString();

    [Fact]
    public async Task A_model_and_a_judge_on_servers_make_pairs_and_no_key_is_written_or_sent_elsewhere()
    {
        int asked = 0;
        using var policy = new HttpStub(_ => StubAnswer.Text(200, Said($"answer {Interlocked.Increment(ref asked)}")));
        using var judge = new HttpStub(r =>
            Encoding.UTF8.GetString(r.Body).Contains("answer 2", StringComparison.Ordinal)
                ? StubAnswer.Text(200, Said("[[9]]"))
                : StubAnswer.Text(200, Said("[[3]]"))
        );
        Environment.SetEnvironmentVariable("SIMPER_TEST_POLICY", "secret-of-the-policy");
        Environment.SetEnvironmentVariable("SIMPER_TEST_JUDGE", "secret-of-the-judge");
        try
        {
            (int code, string output, string errors) = await Typed.Run(
                "data",
                "generate",
                Prompts(1),
                "--model_name_or_path",
                "policy-1",
                "--endpoint",
                policy.Address + "/v1",
                "--endpoint_key_env",
                "SIMPER_TEST_POLICY",
                "--judge",
                "judge-1",
                "--base_url",
                judge.Address + "/v1",
                "--key_env",
                "SIMPER_TEST_JUDGE",
                "--answers",
                "3",
                "--keep_all",
                "--output_file",
                In("pairs.jsonl")
            );
            Assert.Equal((0, ""), (code, errors));
            JsonNode row = JsonNode.Parse(File.ReadAllText(In("pairs.jsonl")))!;
            Assert.Equal("answer 2", (string)row["chosen"]![0]!["content"]!);
            Assert.Equal((9, 3), ((int)row["score_chosen"]!, (int)row["score_rejected"]!));
            JsonNode made = JsonNode.Parse(File.ReadAllText(In("pairs.jsonl.provenance.json")))!;
            Assert.Equal("policy-1", (string)made["model"]!["name"]!);
            Assert.Equal(policy.Address + "/v1", (string)made["model"]!["endpoints"]![0]!);
            Assert.Equal("judge-1", (string)made["scoring"]![0]!["judge"]!);
            Assert.All(policy.Requests, r => Assert.Equal("Bearer secret-of-the-policy", r.Header("authorization")));
            Assert.All(judge.Requests, r => Assert.Equal("Bearer secret-of-the-judge", r.Header("authorization")));
            foreach (string file in Directory.GetFiles(_folder))
                Assert.DoesNotContain("secret-of", File.ReadAllText(file), StringComparison.Ordinal);
            Assert.DoesNotContain("secret-of", output, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("SIMPER_TEST_POLICY", null);
            Environment.SetEnvironmentVariable("SIMPER_TEST_JUDGE", null);
        }
    }

    [Fact]
    public async Task A_model_that_refuses_ends_it_in_one_sentence_and_leaves_nothing()
    {
        using var policy = new HttpStub(_ => StubAnswer.Text(404, """{"error": {"message": "no such model"}}"""));
        (int code, _, string errors) = await Typed.Run(
            "data",
            "generate",
            Prompts(3),
            "--model_name_or_path",
            "policy-1",
            "--endpoint",
            policy.Address + "/v1",
            "--score",
            "length:3",
            "--output_file",
            In("pairs.jsonl")
        );
        Assert.Equal(2, code);
        Assert.EndsWith(
            "404: no such model; check --endpoint, and that the server has a model policy-1.\n",
            errors,
            StringComparison.Ordinal
        );
        Assert.Equal(["prompts.jsonl"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_judge_that_refuses_ends_it_in_one_sentence_and_the_answers_are_kept()
    {
        int asked = 0;
        bool isWilling = false;
        using var policy = new HttpStub(_ => StubAnswer.Text(200, Said($"answer {Interlocked.Increment(ref asked)}")));
        using var judge = new HttpStub(r =>
            isWilling
                ? StubAnswer.Text(200, Said(r.Body.Length % 2 == 0 ? "[[9]]" : "[[3]]"))
                : StubAnswer.Text(401, """{"error": {"message": "no credit"}}""")
        );
        string[] line =
        [
            "data",
            "generate",
            Prompts(1),
            "--model_name_or_path",
            "policy-1",
            "--endpoint",
            policy.Address + "/v1",
            "--judge",
            "judge-1",
            "--base_url",
            judge.Address + "/v1",
            "--key_env",
            "SIMPER_TEST_NO_KEY",
            "--answers",
            "12",
            "--output_file",
            In("pairs.jsonl"),
        ];
        (int code, _, string errors) = await Typed.Run(line);
        Assert.Equal(2, code);
        Assert.Contains("401: no credit", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.False(File.Exists(In("pairs.jsonl")));
        isWilling = true;
        (code, string output, errors) = await Typed.Run(line);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("1 of 1 prompts were answered before", output, StringComparison.Ordinal);
        Assert.Equal(12, asked);
    }
}
