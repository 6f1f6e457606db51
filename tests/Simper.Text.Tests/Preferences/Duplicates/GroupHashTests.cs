using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences.Duplicates;

public class GroupHashTests
{
    [Theory]
    [InlineData("a b", "  a \n\t b ", true)]
    [InlineData("caf\u00e9", "cafe\u0301", true)]
    [InlineData("a\u00a0b", "a b", true)]
    [InlineData("a b", "A b", false)]
    [InlineData("a b", "ab", false)]
    [InlineData("a b.", "a b", false)]
    [InlineData("", " ", true)]
    public void Prompts_are_equal_but_for_composition_and_white_space(string a, string b, bool areEqual) =>
        Assert.Equal(areEqual, GroupHash.Of(Groups.Pair(a, "x", "y")).Prompt == GroupHash.Of(Groups.Pair(b, "v", "w")).Prompt);

    [Theory]
    [InlineData("if a:\r\n    b\r\n", "if a:\n    b", true)]
    [InlineData("caf\u00e9", "cafe\u0301", true)]
    [InlineData("if a:\n    b", "if a:\n  b", false)]
    public void Answers_keep_the_white_space_inside_them(string a, string b, bool areEqual) =>
        Assert.Equal(
            areEqual,
            GroupHash.Of(Groups.Pair("p", a, "y")).Answers[0] == GroupHash.Of(Groups.Pair("p", b, "w")).Answers[0]
        );

    [Fact]
    public void The_whole_distinguishes_all_that_a_model_may_read()
    {
        PreferenceGroup pair = Groups.Pair("p", "good", "bad");
        PreferenceGroup[] others =
        [
            Groups.Pair("p ", "good", "bad"),
            Groups.Pair("p", "good ", "bad"),
            Groups.Pair("p", "bad", "good"),
            Groups.Pair("", "pgood", "bad"),
            pair with
            {
                Prompt = [new ChatMessage("system", "p")],
            },
            pair with
            {
                Prompt = [new ChatMessage("user", "p") { Extra = new JsonObject { ["name"] = "n" } }],
            },
            pair with
            {
                Tools = new JsonArray { new JsonObject { ["name"] = "f" } },
            },
            pair with
            {
                TemplateVariables = new JsonObject { ["enable_thinking"] = false },
            },
            pair with
            {
                Weights = [1, 1],
            },
        ];
        UInt128[] wholes = [.. others.Prepend(pair).Select(g => GroupHash.Of(g).Whole)];
        Assert.Equal(wholes.Length, wholes.Distinct().Count());
        Assert.Equal(GroupHash.Of(pair), GroupHash.Of(pair with { Row = 7, Place = "x", IsText = true }), Equal);
    }

    [Fact]
    public void Tools_belong_to_answers_and_not_to_prompts()
    {
        GroupHash without = GroupHash.Of(Groups.Pair("p", "a", "b"));
        GroupHash with = GroupHash.Of(Groups.Pair("p", "a", "b") with { Tools = new JsonArray { new JsonObject() } });
        Assert.Equal(without.Prompt, with.Prompt);
        Assert.NotEqual(without.Answers[0], with.Answers[0]);
    }

    [Fact]
    public void Levels_are_ranks_with_ties()
    {
        Assert.Equal([0, 1], GroupHash.Of(Groups.Pair("p", "a", "b")).Levels);
        Assert.Equal([1], GroupHash.Of(Groups.Labelled("p", "a", isGood: false)).Levels);
        Assert.Equal([0], GroupHash.Of(Groups.Labelled("p", "a", isGood: true)).Levels);
        Assert.Equal([0, 1, 1, 2], GroupHash.Of(Groups.Ranked("p", ("a", 1), ("b", 0), ("c", 0), ("d", -1))).Levels);
    }

    [Fact]
    public void A_longer_row_before_it_leaves_nothing_in_a_hash()
    {
        GroupHash first = GroupHash.Of(Groups.Pair("p", "a", "b"));
        _ = GroupHash.Of(Groups.Pair(new string('x', 3_000_000), "a", "b"));
        Assert.Equal(first, GroupHash.Of(Groups.Pair("p", "a", "b")), Equal);
    }

    [Fact]
    public void Selected_hashes_are_those_of_the_groups()
    {
        PreferenceGroup[] groups =
        [
            Groups.Pair("p", "a", "b"),
            Groups.Ranked("q", ("a", 1), ("b", 0), ("c", -1)),
            Groups.Labelled("r", "a", isGood: true),
        ];
        GroupHashes all = Groups.Hashes(groups);
        GroupHashes some = all.Select([2, 1]);
        Assert.Equal(2, some.Count);
        Assert.Equal([all.Prompts[2], all.Prompts[1]], some.Prompts.ToArray());
        Assert.Equal(all.AnswersOf(1).ToArray(), some.AnswersOf(1).ToArray());
        Assert.Equal(all.LevelsOf(2).ToArray(), some.LevelsOf(0).ToArray());
        var both = GroupHashes.Concat(all, some);
        Assert.Equal(all.AnswersOf(1).ToArray(), both.AnswersOf(4).ToArray());
    }

    private static bool Equal(GroupHash a, GroupHash b) =>
        a.Prompt == b.Prompt && a.Whole == b.Whole && a.Answers.SequenceEqual(b.Answers) && a.Levels.SequenceEqual(b.Levels);
}
