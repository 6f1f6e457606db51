using Simper.Judging;
using Simper.Judging.Comparison;
using Simper.Models;
using Simper.Tests.Models.Gguf;
using Simper.Text.Templates;

namespace Simper.Tests.Judging.Comparison;

public sealed class PairJudgeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pairs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static AnswerPair Pair(string first, string second, int i = 0) =>
        new([new ChatMessage("user", $"Say {i}.")], first, second);

    private async Task<IReadOnlyList<PairVerdict>> Judged(FakeJudge fake, params AnswerPair[] pairs)
    {
        using var client = new JudgeClient(
            new JudgeEndpoint
            {
                Model = "judge-1",
                BaseUrl = fake.BaseUrl,
                KeyVariable = "SIMPER_TEST_NO_KEY",
            }
        );
        return await new PairJudge(client).RunAsync(pairs, Path.Combine(_folder, "verdicts.jsonl"));
    }

    private static string Answer(System.Text.Json.Nodes.JsonObject request) => request["messages"]![1]!["content"]!.ToString();

    [Fact]
    public async Task Both_orders_are_asked_blind_and_a_second_run_asks_nothing()
    {
        using FakeJudge fake = FakeJudge.Saying(r =>
            Answer(r).Contains("[Answer B]\ngood", StringComparison.Ordinal) ? "so [[B]]" : "hm [[A]]"
        );
        PairVerdict verdict = (await Judged(fake, Pair("bad", "good"))).Single();
        Assert.Equal((1.0, true), (verdict.Preference, verdict.IsConsistent));
        await Judged(fake, Pair("bad", "good"));
        Assert.Equal(2, fake.Requests.Count);
    }

    [Fact]
    public async Task A_judge_that_always_takes_the_first_decides_nothing()
    {
        using FakeJudge fake = FakeJudge.Saying(_ => "[[A]]");
        AnswerPair[] pairs = [.. Enumerable.Range(0, 20).Select(i => Pair("a", "b", i))];
        ComparisonResult result = ComparisonResult.Of("judge-1", await Judged(fake, pairs));
        Assert.Equal((0.5, 20, 0.0, 1.0), (result.WinRate, result.Ties, result.Consistency, result.FirstShown));
        Assert.False(result.IsDecided);
    }

    [Fact]
    public async Task Equal_answers_are_ties_and_judgments_without_a_verdict_are_left_out()
    {
        using FakeJudge fake = FakeJudge.Saying(r =>
            Answer(r).Contains("Say 1", StringComparison.Ordinal) ? "cannot say" : "[[C]]"
        );
        IReadOnlyList<PairVerdict> found = await Judged(fake, Pair("x", "x"), Pair("a", "b", 1), Pair("c", "d", 2));
        Assert.Equal([0.5, 0.5], found.Select(v => v.Preference));
        Assert.Equal(4, fake.Requests.Count);
    }

    [Fact]
    public void Equal_answers_tie_under_a_third_model()
    {
        TinyModels.Write(Path.Combine(_folder, "model"), "llama");
        using LanguageModel model = LanguageModel.Load(Path.Combine(_folder, "model"), trainable: false);
        var judge = new ProxyJudge(model);
        var scores = judge.Score([Pair("same", "same"), Pair("a b", "c d", 1), Pair("", "x", 2)]);
        Assert.Equal([true, false], scores.Select(s => s.First == s.Second));
        Assert.All(scores, s => Assert.True(double.IsFinite(s.First) && double.IsFinite(s.Second)));
        Assert.Equal((2, 1), (scores.Count, ProxyJudge.Result("m", scores).Wins.Ties));
    }

    [Fact]
    public void The_last_verdict_counts()
    {
        Assert.Equal(1, PairJudge.ForB("At first [[A]], but in the end [[B]]"));
        Assert.Null(PairJudge.ForB("[A]"));
    }

    [Fact]
    public void A_clear_preference_has_an_interval_above_one_half()
    {
        ComparisonResult result = ComparisonResult.Of("j", [.. Enumerable.Range(0, 100).Select(i => i % 5 == 0 ? 0.0 : 1.0)]);
        Assert.Equal((0.8, 80, 20, 0), (result.WinRate, result.Wins, result.Losses, result.Ties), new Close());
        Assert.True(result.IsDecided);
        Assert.InRange(result.Interval.Low, 0.65, 0.8);
        Assert.InRange(result.Detectable, 0.1, 0.13); // 2.8 · 0.4 / 10
    }

    [Fact]
    public void Few_prompts_and_verdicts_that_all_agree_stay_modest()
    {
        ComparisonResult few = ComparisonResult.Of("j", [1, 1, 1, 1]);
        Assert.False(few.IsDecided);
        Assert.True(few.Interval.Low < 0.9);
        Assert.Equal(0.7, few.Detectable, 0.01);
    }

    [Fact]
    public void Files_of_answers_are_matched_by_prompt()
    {
        string first = Path.Combine(_folder, "first.jsonl");
        string second = Path.Combine(_folder, "second.json");
        File.WriteAllLines(first, ["""{"prompt": "p", "answer": "a"}""", """{"prompt": "q", "answer": "b"}"""]);
        File.WriteAllText(second, """[{"instruction": "q", "output": "c"}, {"instruction": "r", "output": "d"}]""");
        AnswerPair pair = AnswerPair.Read(first, second).Single();
        Assert.Equal(("q", "b", "c"), (pair.Prompt.Single().Content, pair.First, pair.Second));
        File.WriteAllText(second, """[{"instruction": "other", "output": "c"}]""");
        Assert.Contains(
            "in common",
            Assert.Throws<SimperException>(() => AnswerPair.Read(first, second)).Message,
            StringComparison.Ordinal
        );
        File.WriteAllText(second, """[{"instruction": "q"}]""");
        Assert.Contains(
            "item 1",
            Assert.Throws<SimperException>(() => AnswerPair.Read(first, second)).Message,
            StringComparison.Ordinal
        );
    }

    private sealed class Close : IEqualityComparer<(double, int, int, int)>
    {
        public bool Equals((double, int, int, int) x, (double, int, int, int) y) =>
            Math.Abs(x.Item1 - y.Item1) < 1e-12 && (x.Item2, x.Item3, x.Item4) == (y.Item2, y.Item3, y.Item4);

        public int GetHashCode((double, int, int, int) value) => 0;
    }
}
