using System.Text.Json.Nodes;
using Simper.Judging;
using Simper.Judging.OnPolicy;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Tests.Judging.OnPolicy;

public class JudgeScoreTests
{
    private static readonly DataPrompt Prompt = new(0, [new ChatMessage("user", "Say {answer}.")], [])
    {
        Row = 1,
        Place = "file, line 1",
    };

    private static JudgeClient Client(FakeJudge judge) =>
        new(
            new JudgeEndpoint
            {
                Model = "judge-1",
                BaseUrl = judge.BaseUrl,
                KeyVariable = "SIMPER_TEST_NO_KEY",
                FirstPause = TimeSpan.FromMilliseconds(5),
            }
        );

    private static string Said(JsonObject request) => (string)request["messages"]!.AsArray()[^1]!["content"]!;

    private static Task<AnswerScores> Rate(FakeJudge judge, JudgeSettings settings, params string[] answers) =>
        new JudgeRating(Client(judge), settings).ScoreAsync(Prompt, answers, CancellationToken.None);

    [Theory]
    [InlineData("Good. [[8]]", 8.0)]
    [InlineData("As [[5]] is the middle: [[7.5]]", 7.5)]
    [InlineData("[[ 10 ]]", 10.0)]
    [InlineData("[[11]]", null)]
    [InlineData("[[0]]", null)]
    [InlineData("8", null)]
    [InlineData("[8]", null)]
    [InlineData("", null)]
    public void A_rating_is_the_last_number_in_double_brackets(string reply, double? rating) =>
        Assert.Equal(rating, JudgeRating.Rating(reply));

    [Fact]
    public async Task Each_answer_is_rated_by_itself_with_its_prompt()
    {
        using FakeJudge judge = FakeJudge.Saying(r =>
            Said(r).Contains("[Answer]\ngood\n", StringComparison.Ordinal) ? "[[9]]" : "[[2]]"
        );
        AnswerScores scores = await Rate(judge, new JudgeSettings(), "good", "bad {prompt}");
        Assert.Equal([9, 2], scores.Scores);
        Assert.Equal(0, scores.InvalidReplies);
        Assert.Equal([0.0, 0.0], judge.Requests.Select(r => (double)r["temperature"]!));
        // What an answer or a prompt says is never filled in again.
        Assert.All(judge.Requests, r => Assert.Contains("Say {answer}.", Said(r), StringComparison.Ordinal));
        Assert.Contains(judge.Requests, r => Said(r).Contains("bad {prompt}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Several_judgements_are_averaged()
    {
        using var judge = new FakeJudge((_, n) => (200, FakeJudge.Message(n % 2 == 0 ? "[[4]]" : "[[7]]"), null));
        AnswerScores scores = await Rate(judge, new JudgeSettings { Judgements = 4 }, "a");
        Assert.Equal([5.5], scores.Scores);
        Assert.All(judge.Requests, r => Assert.Equal(0.7, (double)r["temperature"]!));
        Assert.Equal(4, judge.Requests.Select(r => (int)r["seed"]!).Distinct().Count());
    }

    [Fact]
    public async Task A_reply_without_a_verdict_is_asked_for_again_and_counted()
    {
        using var judge = new FakeJudge((_, n) => (200, FakeJudge.Message(n < 3 ? "Well..." : "[[6]]"), null));
        AnswerScores scores = await Rate(judge, new JudgeSettings(), "a");
        Assert.Equal([6], scores.Scores);
        Assert.Equal(2, scores.InvalidReplies);
        Assert.Equal([0, 0.7, 0.7], judge.Requests.Select(r => (double)r["temperature"]!));
    }

    [Fact]
    public async Task An_answer_without_a_verdict_has_no_score()
    {
        using FakeJudge judge = FakeJudge.Saying(r =>
            Said(r).Contains("[Answer]\nbad\n", StringComparison.Ordinal) ? "no" : "[[3]]"
        );
        AnswerScores scores = await Rate(judge, new JudgeSettings(), "bad", "good");
        Assert.Equal([null, 3], scores.Scores);
        Assert.Equal(3, scores.InvalidReplies);
    }

    // The judge likes b best, then a, then c.
    private static string ByTaste(JsonObject request)
    {
        string said = Said(request);
        string Shown(string name) => said.Split($"[Answer {name}]\n")[1].Split('\n')[0];
        return "cab".IndexOf(Shown("A"), StringComparison.Ordinal) > "cab".IndexOf(Shown("B"), StringComparison.Ordinal)
            ? "[[A]]"
            : "[[B]]";
    }

    [Fact]
    public async Task Comparisons_in_both_orders_become_the_share_of_answers_that_one_is_preferred_to()
    {
        using FakeJudge judge = FakeJudge.Saying(ByTaste);
        var scorer = new JudgePreference(Client(judge), new JudgeSettings());
        AnswerScores scores = await scorer.ScoreAsync(Prompt, ["a", "b", "c"], CancellationToken.None);
        Assert.Equal([0.5, 1, 0], scores.Scores);
        Assert.Equal(6, judge.Requests.Count);
    }

    [Fact]
    public async Task A_judge_that_likes_what_is_shown_first_prefers_nothing()
    {
        using FakeJudge judge = FakeJudge.Saying(_ => "[[A]]");
        var scorer = new JudgePreference(Client(judge), new JudgeSettings { Judgements = 2 });
        AnswerScores scores = await scorer.ScoreAsync(Prompt, ["a", "b", "c"], CancellationToken.None);
        Assert.Equal([0.5, 0.5, 0.5], scores.Scores);
        Assert.Equal(12, judge.Requests.Count);
    }

    [Fact]
    public async Task A_comparison_without_a_verdict_counts_for_neither()
    {
        using FakeJudge judge = FakeJudge.Saying(r => Said(r).Contains("\nc\n", StringComparison.Ordinal) ? "?" : ByTaste(r));
        var scorer = new JudgePreference(Client(judge), new JudgeSettings());
        AnswerScores scores = await scorer.ScoreAsync(Prompt, ["a", "b", "c"], CancellationToken.None);
        Assert.Equal([0, 1, null], scores.Scores);
        Assert.Equal(12, scores.InvalidReplies);
    }

    [Fact]
    public void Nothing_that_describes_a_judge_holds_a_key()
    {
        using var client = new JudgeClient(
            new JudgeEndpoint { Model = "m", BaseUrl = "http://user:secret-word@127.0.0.1:9/v1?api_key=another-secret" }
        );
        var scorer = new JudgeRating(client, new JudgeSettings());
        string described = scorer.Description.ToJsonString();
        Assert.DoesNotContain("secret", described, StringComparison.Ordinal);
        Assert.Contains("\"judge\":\"m\"", described, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, null, "judgements is 0")]
    [InlineData(65, null, "judgements is 65")]
    [InlineData(1, 3.0, "judge_temperature is 3")]
    [InlineData(2, 0.0, "the same judgement each time")]
    public void Settings_out_of_their_range_are_refused(int judgements, double? temperature, string says)
    {
        var error = Assert.Throws<SimperException>(() =>
            new JudgeSettings { Judgements = judgements, Temperature = temperature }.Validate()
        );
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_of_one_s_own_needs_a_place_for_the_answer()
    {
        using var client = new JudgeClient(new JudgeEndpoint { Model = "m" });
        var error = Assert.Throws<SimperException>(() => new JudgeRating(client, new JudgeSettings(), "Rate it."));
        Assert.Contains("{answer}", error.Message, StringComparison.Ordinal);
    }
}
