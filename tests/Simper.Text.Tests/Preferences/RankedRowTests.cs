using System.Text.Json.Nodes;
using CsCheck;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Ranked, graded and unpaired rows: their weights by hand, and what must hold for all.</summary>
public class RankedRowTests
{
    private static PreferenceDataset Open(params string[] rows)
    {
        string file = Path.Combine(Path.GetTempPath(), $"simper-ranked-{Guid.NewGuid():N}.jsonl");
        File.WriteAllLines(file, rows);
        try
        {
            return PreferenceDataset.Open(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Error(string row) => Assert.Throws<SimperException>(() => Open(row)).Message;

    private static string[] Texts(PreferenceGroup group) => [.. group.Answers.Select(a => Assert.Single(a).Content)];

    [Fact]
    public void Three_answers_in_a_list_weigh_one_none_and_minus_one()
    {
        PreferenceGroup group = Assert.Single(Open("""{"prompt": "p", "responses": ["a", "b", "c"]}"""));
        Assert.Equal(["a", "b", "c"], Texts(group));
        Assert.Equal([1, 0, -1], group.Weights!);
        Assert.True(group.IsText);
    }

    [Fact]
    public void Four_places_share_three_to_one_on_each_side() =>
        Assert.Equal([0.75, 0.25, -0.25, -0.75], AnswerWeights.OfRanks([1, 2, 3, 4]).Select(w => Math.Round(w, 12)));

    [Fact]
    public void Equal_ranks_have_the_mean_of_their_places() => Assert.Equal([1, 0, 0, -1], AnswerWeights.OfRanks([1, 2, 2, 7]));

    [Fact]
    public void Grades_weigh_by_their_distance_from_the_mean() // mean 4: 5, 1, -6
    {
        Assert.Equal([5.0 / 6, -1, 1.0 / 6], AnswerWeights.OfGrades([9, -2, 5]));
    }

    [Theory]
    [InlineData("""{"prompt": "p", "answers": ["x", "y"], "ranks": [2, 1]}""")]
    [InlineData("""{"prompt": "p", "responses": ["x", "y"], "scores": [0.1, 0.7]}""")]
    [InlineData("""{"question": "p", "completions": ["x", "y"], "rewards": [-3, -1]}""")]
    [InlineData(
        """{"instruction": "p", "completions": [{"response": "x", "overall_score": 3}, {"response": "y", "overall_score": """
            + """8.5}]}"""
    )]
    [InlineData("""{"prompt": "p", "completions": [{"content": "x", "rating": 1}, {"content": "y", "rating": 2}]}""")]
    [InlineData("""{"prompt": "p", "answers": [{"answer": "x", "rank": 2.0}, {"answer": "y", "rank": 1.0}]}""")]
    public void Two_answers_are_the_plain_pair_best_first(string row)
    {
        PreferenceGroup ranked = Assert.Single(Open(row));
        PreferenceGroup pair = Assert.Single(Open("""{"prompt": "p", "chosen": "y", "rejected": "x"}"""));
        Assert.Equal(Texts(pair), Texts(ranked));
        Assert.Equal(pair.Prompt, ranked.Prompt);
        Assert.Equal(pair.IsText, ranked.IsText);
        Assert.Equal([1, -1], ranked.Weights!);
    }

    [Theory]
    [InlineData(Compatibility.Strict)]
    [InlineData(Compatibility.Trl)]
    [InlineData(Compatibility.TrlCpo)]
    [InlineData(Compatibility.SimPerReference)]
    public void The_tokens_of_two_graded_answers_are_the_pair_s_in_every_mode(Compatibility mode)
    {
        GroupTokenizer tokenizer = TrlTokens.Make(new TokenizationOptions { Compatibility = mode });
        TokenizedGroup Tokens(string row) => tokenizer.Tokenize(Assert.Single(Open(row))).Group!;
        TokenizedGroup pair = Tokens("""{"prompt": "Tom saw", "chosen": " a cat.", "rejected": " no dog."}""");
        TokenizedGroup graded = Tokens("""{"prompt": "Tom saw", "responses": [" no dog.", " a cat."], "scores": [1, 9]}""");
        Assert.Equal(pair.Prompt, graded.Prompt);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(pair.Answers[i].Ids, graded.Answers[i].Ids);
            Assert.Equal(pair.Answers[i].IsScored, graded.Answers[i].IsScored);
            Assert.Equal(pair.WeightOf(i), graded.WeightOf(i));
        }
    }

    [Fact]
    public void Answers_may_be_messages()
    {
        PreferenceGroup group = Assert.Single(
            Open(
                """{"prompt": [{"role": "user", "content": "p"}], "responses": [[{"role": "assistant", "content": "a"}], """
                    + """{"role": "assistant", "content": "b"}]}"""
            )
        );
        Assert.Equal(["a", "b"], Texts(group));
        Assert.False(group.IsText);
    }

    [Theory]
    [InlineData("""{"prompt": "p", "responses": ["a", "b"], "scores": [2, 2]}""", "its answers are all ranked alike")]
    [InlineData(
        """{"prompt": "p", "responses": ["a", "b", "c"], "scores": [0.1, 0.1, 0.1]}""",
        "its answers are all ranked alike"
    )]
    [InlineData("""{"prompt": "p", "responses": ["a"]}""", "it has fewer than two answers to rank")]
    [InlineData("""{"prompt": "p", "responses": [], "scores": []}""", "it has fewer than two answers to rank")]
    [InlineData("""{"prompt": "p", "responses": ["a", ""]}""", "an answer is empty")]
    [InlineData("""{"prompt": "p", "responses": ["a", "a", "a"]}""", "the answers are equal")]
    public void Rows_without_an_order_are_left_out_with_the_reason(string row, string reason) =>
        Assert.Equal(reason, Assert.Single(Open(row).Dropped).Reason);

    [Theory]
    [InlineData(
        """{"prompt": "p", "responses": ["a", "b"], "scores": [2]}""",
        "\"scores\" has to have a number for each of the 2 responses"
    )]
    [InlineData("""{"prompt": "p", "responses": ["a", "b"], "scores": [2, null]}""", "\"scores[1]\" has to be a number")]
    [InlineData(
        """{"prompt": "p", "answers": [{"answer": "x", "rank": 2.0}, {"answer": "y"}]}""",
        "\"answers[1].rank\" has to be a number"
    )]
    [InlineData("""{"prompt": "p", "responses": ["a", 3]}""", "\"responses[1]\" has to be a text")]
    [InlineData(
        """{"prompt": "p", "responses": [{"text": "a", "model": "m"}, {"text": "b", "model": "n"}]}""",
        "\"responses\" has to be ranked: give each answer a rank or a score"
    )]
    [InlineData(
        """{"prompt": "p", "responses": ["a", "b"], "quality": [0.5, 2]}""",
        "\"responses\" has to be ranked, and quality has a number for each of its answers: if higher is better, write "
            + "dataset_columns: scores=quality, if lower, ranks=quality"
    )]
    [InlineData("""{"prompt": "p", "completion": "a", "label": "good"}""", "\"label\" has to be true or false, or 1 or 0")]
    [InlineData("""{"prompt": "p", "completion": "a", "label": 2}""", "\"label\" has to be true or false, or 1 or 0")]
    public void What_is_wrong_in_them_is_said_with_its_place(string row, string expected) =>
        Assert.Contains("line 1: " + expected, Error(row), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"prompt": "p", "completion": "a", "label": true}""", 1)]
    [InlineData("""{"prompt": "p", "completion": "a", "label": 0}""", -1)]
    [InlineData(
        """{"messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "a"}], "label": false}""",
        -1
    )]
    [InlineData("""{"conversations": [{"from": "human", "value": "p"}, {"from": "gpt", "value": "a"}], "kto_tag": true}""", 1)]
    [InlineData("""{"instruction": "p", "input": "", "output": "a", "kto_tag": false}""", -1)]
    public void An_unpaired_row_is_one_answer_with_its_label_s_sign(string row, double weight)
    {
        PreferenceGroup group = Assert.Single(Open(row));
        Assert.Equal(["a"], Texts(group));
        Assert.Equal("p", Assert.Single(group.Prompt).Content);
        Assert.Equal([weight], group.Weights!);
    }

    [Fact]
    public void Weights_sum_to_none_and_keep_the_order() =>
        Gen.Double[-1000, 1000]
            .Array[2, 9]
            .Sample(numbers =>
            {
                foreach (
                    (double[] weights, double sign) in new[]
                    {
                        (AnswerWeights.OfGrades(numbers), 1.0),
                        (AnswerWeights.OfRanks(numbers), -1.0),
                    }
                )
                {
                    Assert.Equal(0, weights.Sum(), 1e-9);
                    Assert.Equal(numbers.Distinct().Count() > 1 ? 2 : 0, weights.Sum(Math.Abs), 1e-9);
                    for (int i = 1; i < numbers.Length; i++)
                        Assert.True(sign * (numbers[i] - numbers[0]) * (weights[i] - weights[0]) >= 0);
                }
            });

    [Fact]
    public void Two_numbers_are_exactly_the_pair() =>
        Gen.Select(Gen.Double[-1000, 1000], Gen.Double[-1000, 1000])
            .Where(t => t.Item1 != t.Item2)
            .Sample(two =>
            {
                double first = two.Item1 > two.Item2 ? 1 : -1;
                Assert.Equal([first, -first], AnswerWeights.OfGrades([two.Item1, two.Item2]));
                Assert.Equal([-first, first], AnswerWeights.OfRanks([two.Item1, two.Item2]));
            });

    [Fact]
    public void A_graded_row_is_read_best_first_whatever_its_order_in_the_file() =>
        Gen.Int[0, 20]
            .Array[2, 6]
            .Where(a => a.Distinct().Count() > 1)
            .Sample(
                scores =>
                {
                    var row = new JsonObject
                    {
                        ["prompt"] = "p",
                        ["responses"] = new JsonArray([.. scores.Select((s, i) => (JsonNode)$"{s} {i}")]),
                        ["scores"] = new JsonArray([.. scores.Select(s => (JsonNode)s)]),
                    };
                    PreferenceGroup group = Assert.Single(Open(row.ToJsonString()));
                    Assert.Equal(
                        scores.Select((s, i) => (s, i)).OrderByDescending(x => x.s).Select(x => $"{x.s} {x.i}"),
                        Texts(group)
                    );
                    Assert.Equal(group.Weights!.OrderDescending(), group.Weights!);
                },
                iter: 50
            );
}
