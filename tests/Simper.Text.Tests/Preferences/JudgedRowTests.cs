using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Two answers beside each other, and a column that says which is better, in the words of each data set.</summary>
public class JudgedRowTests
{
    private const string Answers = "\"prompt\": \"p\", \"response_0\": \"x\", \"response_1\": \"y\"";
    private const string FromOne = "\"prompt\": \"p\", \"response_1\": \"x\", \"response_2\": \"y\"";
    private const string Lettered = "\"prompt\": \"p\", \"response_a\": \"x\", \"response_b\": \"y\"";
    private const string Conversations =
        "\"conversation_a\": [{\"role\": \"user\", \"content\": \"p\"}, {\"role\": \"assistant\", \"content\": \"x\"}], "
        + "\"conversation_b\": [{\"role\": \"user\", \"content\": \"p\"}, {\"role\": \"assistant\", \"content\": \"y\"}]";

    [Theory]
    [InlineData(Answers + ", \"better_response_id\": 1", "y", "x")]
    [InlineData(Answers + ", \"better_response_id\": 0.0", "x", "y")]
    [InlineData(Answers + ", \"better_response_id\": \"1\"", "y", "x")]
    [InlineData(Answers + ", \"preferred\": \"response_1\"", "y", "x")]
    [InlineData(Answers + ", \"score_0\": 0.25, \"score_1\": -0.25", "x", "y")]
    [InlineData(FromOne + ", \"preference_strength\": 2", "y", "x")]
    [InlineData(FromOne + ", \"preference_strength\": -1, \"preference_statement\": \"why\"", "x", "y")]
    [InlineData(FromOne + ", \"preference\": 2", "y", "x")]
    [InlineData("\"instruction\": \"p\", \"input\": \"\", \"output_1\": \"x\", \"output_2\": \"y\", \"preference\": 1", "x", "y")]
    [InlineData("\"context\": \"p\", \"response1\": \"x\", \"response2\": \"y\", \"overall_preference\": 3", "y", "x")]
    [InlineData(Lettered + ", \"winner\": \"B\"", "y", "x")]
    [InlineData(Lettered + ", \"winner\": \"model_a\"", "x", "y")]
    [InlineData(Lettered + ", \"winner\": \"second\"", "y", "x")]
    [InlineData(Lettered + ", \"winner_model_a\": 0, \"winner_model_b\": 1, \"winner_tie\": 0", "y", "x")]
    [InlineData("\"history\": \"p\", \"human_ref_A\": \"x\", \"human_ref_B\": \"y\", \"labels\": 0", "y", "x")]
    [InlineData("\"question\": \"p\", \"answer_0\": \"x\", \"answer_1\": \"y\", \"score_0\": 1, \"score_1\": 2", "y", "x")]
    [InlineData(Conversations + ", \"winner\": \"model_b\"", "y", "x")]
    public void The_better_answer_is_the_chosen_one(string columns, string chosen, string rejected)
    {
        PreferenceGroup group = Assert.Single(RowFile.Open($"{{{columns}}}"));
        Assert.Equal($"user: p -> assistant: {chosen} / assistant: {rejected}", RowFile.Told(group));
        Assert.Null(group.Weights);
    }

    [Theory]
    [InlineData(FromOne + ", \"preference_strength\": 0")]
    [InlineData(Lettered + ", \"winner\": \"tie (bothbad)\"")]
    [InlineData(Lettered + ", \"winner\": \"both_bad\"")]
    [InlineData(Lettered + ", \"winner_model_a\": 0, \"winner_model_b\": 0, \"winner_tie\": 1")]
    [InlineData(Answers + ", \"score_0\": 0, \"score_1\": 0")]
    [InlineData(Conversations + ", \"winner\": \"tie\"")]
    public void A_tie_is_no_pair_in_any_mode(string columns)
    {
        foreach (Compatibility mode in Enum.GetValues<Compatibility>())
            Assert.Equal("its answers are all ranked alike", Assert.Single(RowFile.In(mode, $"{{{columns}}}").Dropped).Reason);
    }

    [Theory]
    [InlineData(Answers + ", \"better_response_id\": 2", "be 0, 1, response_0, response_1 or tie, not 2")]
    [InlineData(Lettered + ", \"winner\": 1", "be a, b, response_a, response_b or tie, not 1")]
    [InlineData(FromOne + ", \"preference_strength\": \"much\"", "be a number, below 0 if the first answer is better")]
    [InlineData("\"history\": \"p\", \"human_ref_A\": \"x\", \"human_ref_B\": \"y\", \"labels\": 2", "be 1 (the first answer")]
    [InlineData(
        "\"info\": {\"article\": \"a\"}, \"summaries\": [{\"text\": \"x\"}, {\"text\": \"y\"}], \"choice\": 2",
        "be 0 or 1, the place of the better summary"
    )]
    public void What_does_not_say_which_is_better_is_refused(string columns, string expected) =>
        Assert.Contains(expected, RowFile.Error($"{{{columns}}}"), StringComparison.Ordinal);

    [Fact]
    public void Scores_and_margins_are_carried_and_weigh_nothing()
    {
        PreferenceGroup scored = Assert.Single(
            RowFile.Open("""{"history": "p", "human_ref_A": "x", "human_ref_B": "y", "labels": 0, "score_A": 3, "score_B": 9}""")
        );
        Assert.Equal([9, 3], scored.Scores!);
        PreferenceGroup strong = Assert.Single(RowFile.Open($"{{{FromOne}, \"preference_strength\": -3}}"));
        Assert.Equal(3, strong.Margin);
        PreferenceGroup pair = Assert.Single(
            RowFile.Open(
                """{"prompt": "p", "chosen": "a", "rejected": "b", "chosen_rating": 4, "rejected_rating": 5, "margin": 2}"""
            )
        );
        Assert.Equal([4, 5], pair.Scores!); // what is chosen is chosen
        Assert.Equal(2, pair.Margin);
        Assert.Null(pair.Weights);
    }

    [Fact]
    public void Turns_in_lists_are_conversations()
    {
        PreferenceGroup group = Assert.Single(
            RowFile.Open(
                """{"prompt": "[\"p\", \"more\"]", "response_a": "[\"x\", \"x2\"]", "response_b": "[\"y\", null]", """
                    + """ "winner_model_a": 0, "winner_model_b": 0, "winner_tie": 1}""",
                """{"prompt": "[\"p\", \"more\"]", "response_a": "[\"x\", \"x2\"]", "response_b": "[\"y\", \"y2\"]", """
                    + """ "winner_model_a": 0, "winner_model_b": 1, "winner_tie": 0}"""
            )
        );
        Assert.Equal(
            "user: p -> assistant: y | user: more | assistant: y2 / assistant: x | user: more | assistant: x2",
            RowFile.Told(group)
        );
        Assert.Contains(
            "have a reply for each of the 2 turns of prompt, and has 1",
            RowFile.Error(
                """{"prompt": "[\"p\", \"q\"]", "response_a": "[\"x\"]", "response_b": "[\"y\", \"z\"]", "winner": "a"}"""
            ),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "user: [p] -> assistant: x / assistant: y",
            RowFile.Told(
                Assert.Single(RowFile.Open("""{"prompt": "[p]", "response_a": "x", "response_b": "y", "winner": "a"}"""))
            )
        );
    }

    [Fact]
    public void Earlier_turns_within_a_prompt_of_helpsteer2_are_turns() =>
        Assert.Equal(
            "user: one | assistant: two\n\nlines | user: three -> assistant: x / assistant: y",
            RowFile.Told(
                Assert.Single(
                    RowFile.Open(
                        """{"prompt": "one\n\n<extra_id_1>Assistant\ntwo\n\nlines\n\n<extra_id_1>User\nthree", """
                            + """ "response_1": "x", "response_2": "y", "preference_strength": -2}"""
                    )
                )
            )
        );

    [Fact]
    public void Articles_are_asked_as_in_the_papers_code() =>
        Assert.Equal(
            "user: Article:\na\n\nTL;DR:\n -> assistant:  y / assistant:  x",
            RowFile.Told(
                Assert.Single(
                    RowFile.Open(
                        """{"info": {"article": "a", "post": null}, "summaries": [{"text": " x"}, {"text": " y"}], "choice": 1}"""
                    )
                )
            )
        );
}
