using System.Text.Json.Nodes;
using Simper.Judging.OnPolicy;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Tests.Judging.OnPolicy;

public class AnswerRulesTests
{
    private static DataPrompt Prompt(string columns = "{}") =>
        new(0, [new ChatMessage("user", "?")], JsonNode.Parse(columns)!.AsObject()) { Row = 1, Place = "file, line 1" };

    private static async Task<double?> Score(string rule, string answer, string columns = "{}") =>
        (await AnswerRules.Parse(rule).ScoreAsync(Prompt(columns), [answer], CancellationToken.None)).Scores.Single();

    [Theory]
    [InlineData("length:4..8", "abcd", 1)]
    [InlineData("length:4..8", " abcdefgh\n", 1)]
    [InlineData("length:4..8", "abc", 0.75)]
    [InlineData("length:4..8", "abcdefghijklmnop", 0.5)]
    [InlineData("length:4..", "abcdefghijklmnop", 1)]
    [InlineData("length:..4", "a", 1)]
    [InlineData("length:4", "ab", 0.5)]
    [InlineData("length:4", "abcde", 0.8)]
    [InlineData("length:2", "😀😀", 1)]
    [InlineData("words:2..3", "one", 0.5)]
    [InlineData("words:2..3", "one two  three", 1)]
    [InlineData("regex:^Yes\\b", "Yes, it is.", 1)]
    [InlineData("regex:^Yes\\b", "No. Yes.", 0)]
    [InlineData("regex:(?i)yes", "YES", 1)]
    [InlineData("regex:(?P<a>x)(?=y)", "xy", 1)]
    public async Task A_rule_scores_as_computed_by_hand(string rule, string answer, double score) =>
        Assert.Equal(score, await Score(rule, answer));

    private const string Gold = """{"gold": "Paris", "number": 72, "either": ["1/2", "0.5"], "gsm": "48/2 = 24\n#### 72"}""";

    [Theory]
    [InlineData("exact:gold", " \"paris\". ", 1)]
    [InlineData("exact:gold", "Paris, France", 0)]
    [InlineData("exact:number", "72", 1)]
    [InlineData("contains:gold", "It is PARIS!", 1)]
    [InlineData("contains:gold", "Parisians", 0)]
    [InlineData("contains:number", "So 172 it is, not 72.", 1)]
    [InlineData("contains:number", "So 172 it is.", 0)]
    [InlineData("math:number", "The answer is $\\boxed{72}$.", 1)]
    [InlineData("math:number", "She sold 48 and 24, so 72.0 in all.", 1)]
    [InlineData("math:number", "The answer is 71.", 0)]
    [InlineData("math:gsm", "#### 72", 1)]
    [InlineData("math:gsm", "#### 24", 0)]
    [InlineData("math:either", "The answer is \\frac{2}{4}.", 1)]
    [InlineData("math:either", "The answer is 2.", 0)]
    public async Task A_right_answer_in_a_column_is_known_again(string rule, string answer, double score) =>
        Assert.Equal(score, await Score(rule, answer, Gold));

    [Theory]
    [InlineData("exact:golds", "reads the column golds, which is not there; the row has gold, nothing")]
    [InlineData("math:nothing", "has to be a text, a number, or a list of them")]
    [InlineData("ifeval", "reads the columns instruction_id_list and kwargs")]
    public void A_row_without_what_a_rule_reads_is_refused_before_anything_is_computed(string rule, string says)
    {
        var error = Assert.Throws<SimperException>(() =>
            AnswerRules.Parse(rule).Expect(Prompt("""{"gold": "a", "nothing": [null]}"""))
        );
        Assert.StartsWith("file, line 1: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instructions_of_a_row_score_by_the_share_that_is_followed()
    {
        const string row = """
            {"instruction_id_list": ["punctuation:no_comma", "change_case:english_lowercase"], "kwargs": [{}, null]}
            """;
        Assert.Equal(1, await Score("ifeval", "all is well and quiet in the little house", row));
        Assert.Equal(0.5, await Score("ifeval", "All is well and quiet in the little house", row));
        Assert.Equal(0, await Score("ifeval", "All is well, and quiet in the little house", row));
        var error = Assert.Throws<SimperException>(() =>
            AnswerRules.Parse("ifeval").Expect(Prompt("""{"instruction_id_list": ["a:b"], "kwargs": [{}]}"""))
        );
        Assert.Contains("file, line 1: a:b is no kind of instruction", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exact:", "names no column")]
    [InlineData("ifeval:x", "takes nothing behind a colon")]
    [InlineData("lenght:4", "lenght is no rule; did you mean length?")]
    [InlineData("nice", "known are length, words, regex, exact, contains, math, ifeval.")]
    [InlineData("length:8..4", "\"8..4\" is no range")]
    [InlineData("length:", "\"\" is no range")]
    [InlineData("length:..", "\"..\" is no range")]
    [InlineData("length:1..2..3", "\"1..2..3\" is no range")]
    [InlineData("length:-3", "\"-3\" is no range")]
    [InlineData("length:..0", "\"..0\" is no range")]
    [InlineData("regex:(", "\"(\" is not a regular expression")]
    [InlineData("regex:", "gives no pattern")]
    public void What_is_no_rule_is_refused_in_one_sentence(string rule, string says)
    {
        var error = Assert.Throws<SimperException>(() => AnswerRules.Parse(rule));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    // Backtracking takes time that doubles with each letter.
    [Fact]
    public async Task A_pattern_that_backtracks_for_ever_elsewhere_is_found_in_time() =>
        Assert.Equal(0, await Score("regex:^(a+)+$", new string('a', 4000) + "!"));

    [Fact]
    public async Task One_that_cannot_be_found_so_is_given_up_in_one_sentence()
    {
        var error = await Assert.ThrowsAsync<SimperException>(() => Score("regex:^(a+)+(?=b)$", new string('a', 60) + "!"));
        Assert.Contains("takes more than", error.Message, StringComparison.Ordinal);
    }
}
