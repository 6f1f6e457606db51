using System.Text.Json.Nodes;
using Simper.Judging;
using Simper.Judging.MtBench;
using Simper.Testing;

namespace Simper.Tests.Judging.MtBench;

public sealed class MtBenchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mtbench").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Data(string name) => SharedFiles.Path("data", "mt_bench", name);

    private static string Golden(string name) => SharedFiles.Path("golden", "mt_bench", name);

    private static IEnumerable<JsonNode> Lines(string name) => File.ReadLines(Golden(name)).Select(l => JsonNode.Parse(l)!);

    [Fact]
    public void Prompts_are_FastChat_s_to_the_letter()
    {
        Dictionary<int, MtBenchQuestion> questions = MtBenchQuestion.Read(Data("question.jsonl")).ToDictionary(q => q.Id);
        MtBenchPrompts prompts = MtBenchPrompts.Read(Data("judge_prompts.jsonl"));
        Dictionary<int, MtBenchAnswer> references = MtBenchAnswer
            .Read(Data("reference_answer_gpt-4.jsonl"))
            .ToDictionary(r => r.QuestionId);
        ILookup<int, MtBenchAnswer> answers = MtBenchAnswer.Read(Golden("model_answer.jsonl")).ToLookup(a => a.QuestionId);
        foreach (JsonNode expected in Lines("prompts.jsonl"))
        {
            MtBenchQuestion question = questions[(int)expected["question_id"]!];
            int turn = (int)expected["turn"]!;
            bool isPairwise = (string)expected["mode"]! == "pairwise";
            MtBenchAnswer[] both = [.. answers[question.Id].OrderBy(a => a.Model)];
            MtBenchAnswer? reference = references.GetValueOrDefault(question.Id);
            var messages = isPairwise
                ? prompts.Pair(question, turn, both[0], both[1], reference)
                : prompts.Single(question, turn, both[0], reference);
            Assert.Equal(
                expected["messages"]!.AsArray().Select(m => ((string)m!["role"]!, (string)m["content"]!)),
                messages.Select(m => (m.Role, m.Content))
            );
            Assert.Equal((string)expected["judge_prompt"]!, MtBenchPrompts.NameOf(question, turn, isPairwise));
            Assert.Equal((bool)expected["reference_used"]!, question.NeedsReference);
        }
    }

    [Fact]
    public void Ratings_are_read_as_FastChat_reads_them()
    {
        foreach (JsonNode line in Lines("single_scores.jsonl"))
        {
            double expected = line["score"] is JsonValue score ? (double)score : MtBenchVerdict.NoRating;
            Assert.Equal(
                ((string)line["judgment"]!, expected),
                ((string)line["judgment"]!, MtBenchVerdict.Rating((string)line["judgment"]!))
            );
        }
    }

    [Fact]
    public void Winners_are_read_as_FastChat_reads_them()
    {
        foreach (JsonNode line in Lines("pairwise_winners.jsonl"))
            Assert.Equal((string)line["winner"]!, MtBenchVerdict.Winner((string)line["judgment"]!));
    }

    [Fact]
    public void Means_are_FastChat_s()
    {
        IReadOnlyList<MtBenchQuestion> questions = MtBenchQuestion.Read(Data("question.jsonl"));
        IReadOnlyList<MtBenchScores> scores = MtBenchScores.Of(
            MtBenchJudgment.Read(Golden("model_judgment_single.jsonl")),
            questions
        );
        JsonObject expected = JsonNode.Parse(File.ReadAllText(Golden("averages.json")))!["recomputed"]!.AsObject();
        Assert.Equal(expected.Count, scores.Count);
        foreach (MtBenchScores found in scores)
        {
            JsonNode model = expected[found.Model]!;
            Assert.Equal((double)model["average"]!, found.Average, 1e-9);
            Assert.Equal((double)model["turn_1"]!, found.Turns[0], 1e-9);
            Assert.Equal((double)model["turn_2"]!, found.Turns[1], 1e-9);
            Assert.Equal((int)model["turn_1_count"]!, found.Counts[0]);
            Assert.Equal((int)model["turn_2_count"]!, found.Counts[1]);
            Assert.Equal((int)model["missing_minus_1"]!, found.Missing);
            foreach ((string category, JsonNode? mean) in model["category"]!.AsObject())
                Assert.Equal((double)mean!, found.Categories[category], 1e-9);
            Assert.Equal("MT-Bench", found.Title);
        }
    }

    [Fact]
    public async Task A_judge_rates_both_turns_once_and_a_second_run_asks_nothing()
    {
        MtBenchQuestion[] questions = [new(1, "writing", ["Write.", "Again."]), new(2, "math", ["1+1?", "And 2+2?"])];
        MtBenchAnswer[] answers = [new(1, "mine", ["a {x}", "b"]), new(2, "mine", ["2", "4"])];
        string prompts = Prompts();
        string file = Path.Combine(_folder, "judge-1_single.jsonl");
        using FakeJudge fake = FakeJudge.Saying(r =>
            $"Rating: [[{(r["messages"]![1]!["content"]!.ToString().Contains("ref") ? 9 : 4)}]]"
        );
        using var client = new JudgeClient(
            new JudgeEndpoint
            {
                Model = "judge-1",
                BaseUrl = fake.BaseUrl,
                KeyVariable = "SIMPER_TEST_NO_KEY",
            }
        );
        var judge = new MtBenchJudge(client, questions, MtBenchPrompts.Read(prompts), [new(2, "gpt-4", ["ref 2", "ref 4"])]);
        await judge.RateAsync(answers, file);
        await judge.RateAsync(answers, file);
        Assert.Equal(4, fake.Requests.Count);
        MtBenchScores scores = MtBenchScores.Of(MtBenchJudgment.Read(file), questions).Single();
        Assert.Equal((6.5, 4.0, 9.0), (scores.Average, scores.Categories["writing"], scores.Categories["math"]));
        Assert.Equal("MT-Bench questions, judged by judge-1", scores.Title);
        Assert.Contains(
            fake.Requests,
            r => r["messages"]![1]!["content"]!.ToString().Contains("a {x}", StringComparison.Ordinal)
        );
        Assert.All(fake.Requests, r => Assert.Equal((0, 2048), ((int)r["temperature"]!, (int)r["max_tokens"]!)));
    }

    [Fact]
    public async Task A_win_is_one_in_both_orders()
    {
        MtBenchQuestion[] questions = [new(1, "writing", ["Write."]), new(2, "writing", ["Draw."])];
        MtBenchAnswer[] first = [new(1, "one", ["bad"]), new(2, "one", ["same"])];
        MtBenchAnswer[] second = [new(1, "two", ["good"]), new(2, "two", ["same too"])];
        string file = Path.Combine(_folder, "pair.jsonl");
        // Prefers "good"; else what stands first.
        using FakeJudge fake = FakeJudge.Saying(r =>
            r["messages"]![1]!["content"]!.ToString() is var text && text.Contains("B: good", StringComparison.Ordinal)
                ? "[[B]]"
                : "[[A]]"
        );
        using var client = new JudgeClient(
            new JudgeEndpoint
            {
                Model = "judge-1",
                BaseUrl = fake.BaseUrl,
                KeyVariable = "SIMPER_TEST_NO_KEY",
            }
        );
        await new MtBenchJudge(client, questions, MtBenchPrompts.Read(Prompts()), []).CompareAsync(first, second, file);
        MtBenchPairScores scores = MtBenchPairScores.Read(file).Single();
        Assert.Equal((1, 0, 1, 0), (scores.Wins, scores.Losses, scores.Ties, scores.Errors));
        Assert.Equal(0.75, scores.AdjustedWinRate);
    }

    private string Prompts()
    {
        string path = Path.Combine(_folder, "judge_prompts.jsonl");
        (string Name, string Template)[] all =
        [
            ("single-v1", "{question} {answer}"),
            ("single-v1-multi-turn", "{question_1} {answer_1} {question_2} {answer_2}"),
            ("single-math-v1", "{question} {ref_answer_1} {answer}"),
            ("single-math-v1-multi-turn", "{question_1} {ref_answer_1} {answer_1} {question_2} {ref_answer_2} {answer_2}"),
            ("pair-v2", "{question} A: {answer_a} B: {answer_b}"),
        ];
        File.WriteAllLines(
            path,
            all.Select(p =>
                new JsonObject
                {
                    ["name"] = p.Name,
                    ["system_prompt"] = "You judge.",
                    ["prompt_template"] = p.Template,
                }.ToJsonString()
            )
        );
        return path;
    }
}
