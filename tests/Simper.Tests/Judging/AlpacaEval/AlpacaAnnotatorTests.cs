using System.Text.Json.Nodes;
using Simper.Judging;
using Simper.Judging.AlpacaEval;

namespace Simper.Tests.Judging.AlpacaEval;

public sealed class AlpacaAnnotatorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("alpaca").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static AlpacaOutput[] Outputs(string name, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new AlpacaOutput($"Instruction {i}", $"{name} {i}", name, null))];

    private static JudgeClient Client(FakeJudge judge, string model = "judge-1") =>
        new(
            new JudgeEndpoint
            {
                Model = model,
                BaseUrl = judge.BaseUrl,
                KeyVariable = "SIMPER_TEST_NO_KEY",
                Retries = 0,
            }
        );

    // Prefers the model's answer, wherever it stands.
    private static FakeJudge Fond(int fails = int.MaxValue) =>
        new(
            (request, n) =>
            {
                if (n >= fails)
                    return (400, "{}", null);
                string text = (string)request["messages"]![1]!["content"]!;
                bool isFirst = text.IndexOf("mine", StringComparison.Ordinal) < text.IndexOf("theirs", StringComparison.Ordinal);
                return (200, FakeJudge.LogProbs(isFirst ? -0.1 : -3, isFirst ? -3 : -0.1), null);
            }
        );

    [Fact]
    public async Task Answers_are_judged_in_the_package_s_way()
    {
        using FakeJudge judge = Fond();
        using JudgeClient client = Client(judge);
        IReadOnlyList<AlpacaAnnotation> found = await new AlpacaAnnotator(client).RunAsync(
            Outputs("mine", 12),
            Outputs("theirs", 12),
            _folder
        );
        Assert.All(found, a => Assert.Equal(1 + 1 / (1 + Math.Exp(-2.9)), a.Preference!.Value, 1e-9));
        Assert.All(
            judge.Requests,
            r =>
            {
                Assert.Equal(
                    (1, 1, 5, true),
                    ((int)r["temperature"]!, (int)r["max_tokens"]!, (int)r["top_logprobs"]!, (bool)r["logprobs"]!)
                );
            }
        );
        Assert.Contains(found, a => AlpacaOrder.IsSwitched(a.Instruction));
        Assert.Contains(found, a => !AlpacaOrder.IsSwitched(a.Instruction));
        IReadOnlyList<AlpacaAnnotation> read = AlpacaAnnotation.Read(Path.Combine(_folder, "annotations.json"));
        Assert.Equal(found.Select(a => (a.Instruction, a.Preference)), read.Select(a => (a.Instruction, a.Preference)));
        AlpacaScore score = AlpacaScore.Of(read, instructions: null);
        Assert.Equal("AlpacaEval, judged by judge-1", score.Title);
        Assert.False(score.IsOfficial);
    }

    [Fact]
    public async Task A_judge_that_was_stopped_goes_on_where_it_was()
    {
        using (FakeJudge judge = Fond(fails: 6))
        {
            using JudgeClient client = Client(judge);
            await Assert.ThrowsAsync<SimperException>(() =>
                new AlpacaAnnotator(client).RunAsync(Outputs("mine", 12), Outputs("theirs", 12), _folder)
            );
        }
        int kept = File.ReadAllLines(Path.Combine(_folder, "annotations.jsonl")).Length;
        Assert.InRange(kept, 1, 5);
        await File.AppendAllTextAsync(Path.Combine(_folder, "annotations.jsonl"), "{\"instruction\": \"cut");
        using (FakeJudge judge = Fond())
        {
            using JudgeClient client = Client(judge);
            await new AlpacaAnnotator(client).RunAsync(Outputs("mine", 12), Outputs("theirs", 12), _folder);
            Assert.Equal(12 - kept, judge.Requests.Count);
        }
    }

    [Fact]
    public async Task Equal_answers_are_ties_without_a_question()
    {
        using FakeJudge judge = Fond();
        using JudgeClient client = Client(judge);
        AlpacaOutput[] same = [.. Outputs("theirs", 3).Select(o => o with { Generator = "mine" })];
        IReadOnlyList<AlpacaAnnotation> found = await new AlpacaAnnotator(client).RunAsync(same, Outputs("theirs", 3), _folder);
        Assert.All(found, a => Assert.Equal(1.5, a.Preference));
        Assert.Empty(judge.Requests);
    }

    [Fact]
    public async Task A_judge_without_log_probs_is_not_asked_to_the_end()
    {
        using FakeJudge judge = FakeJudge.Saying(_ => "m");
        using JudgeClient client = Client(judge);
        var error = await Assert.ThrowsAsync<SimperException>(() =>
            new AlpacaAnnotator(client).RunAsync(Outputs("mine", 100), Outputs("theirs", 100), _folder)
        );
        Assert.Contains("logprobs", error.Message, StringComparison.Ordinal);
        Assert.True(judge.Requests.Count < 30);
    }

    [Fact]
    public async Task Instructions_that_the_baseline_lacks_are_counted()
    {
        using FakeJudge judge = Fond();
        using JudgeClient client = Client(judge);
        var error = await Assert.ThrowsAsync<SimperException>(() =>
            new AlpacaAnnotator(client).RunAsync(Outputs("mine", 5), Outputs("theirs", 3), _folder)
        );
        Assert.Contains("2 of 5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_leaderboard_s_judge_alone_gives_its_name()
    {
        using FakeJudge judge = Fond();
        using JudgeClient official = Client(judge, "gpt-4-1106-preview");
        Assert.Equal(AlpacaAnnotation.OfficialAnnotator, new AlpacaAnnotator(official).Annotator);
    }
}
