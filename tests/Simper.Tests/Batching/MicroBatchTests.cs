using Simper.Batching;
using Simper.Tests.Toys;
using Simper.Text.Preferences;

namespace Simper.Tests.Batching;

public class MicroBatchTests
{
    private static TokenizedGroup Pair => new()
    {
        Prompt = [1, 2, 3],
        Answers =
        [
            new TokenizedAnswer { Ids = [4, 5], IsScored = [true, true] },
            new TokenizedAnswer { Ids = [6, 7, 8], IsScored = [true, false, true] },
        ],
    };

    [Fact]
    public void A_pair_lies_as_prompt_chosen_rejected_without_the_tokens_that_are_only_predicted()
    {
        MicroBatch batch = MicroBatch.Of([Pair]);
        Assert.Equal([1, 2, 3, 4, 6, 7], batch.Ids);
        Assert.Equal([0, 1, 2, 3, 3, 4], batch.Layout.Positions());
    }

    [Fact]
    public void Each_scored_token_is_predicted_by_the_token_before_it()
    {
        MicroBatch batch = MicroBatch.Of([Pair]);
        // The label shift: both first tokens are predicted by the prompt's last one, at 2.
        Assert.Equal([new(2, 4, 0), new(3, 5, 0), new(2, 6, 1), new(5, 8, 1)], batch.Scored);
        Assert.Equal([2, 2], batch.Answers.Select(a => a.ScoredTokens));
    }

    [Fact]
    public void Answers_of_one_token_need_no_place_on_the_axis()
    {
        MicroBatch batch = MicroBatch.Of([ToyDecoder.Group(1, 3, 1, 1)]);
        Assert.Equal(3, batch.Tokens);
        Assert.Single(batch.Layout.Segments);
    }

    [Fact]
    public void Without_a_prompt_the_first_token_is_not_scored()
    {
        MicroBatch batch = MicroBatch.Of([ToyDecoder.Group(1, 0, 3, 2)]);
        Assert.Equal([2, 1], batch.Answers.Select(a => a.ScoredTokens));
    }

    [Fact]
    public void An_answer_without_a_scored_token_is_an_error_not_a_nan()
    {
        var group = new TokenizedGroup { Prompt = [1], Answers = [new TokenizedAnswer { Ids = [2], IsScored = [false] }], Row = 7 };
        Assert.Contains("row 7", Assert.Throws<ArgumentException>(() => MicroBatch.Of([group])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_as_many_answers_as_asked_for_take_part() =>
        Assert.Single(MicroBatch.Of([Pair], answersPerGroup: 1).Answers);

    [Fact]
    public void A_plan_keeps_order_and_respects_both_limits()
    {
        TokenizedGroup[] groups = [.. Enumerable.Range(0, 7).Select(i => ToyDecoder.Group(i, 4, 3, 3))]; // 8 tokens each
        Assert.Equal([2, 2, 2, 1], MicroBatchPlan.Split(groups, 2, 1000).Select(p => p.Count));
        Assert.Equal([3, 3, 1], MicroBatchPlan.Split(groups, 100, 24).Select(p => p.Count));
        Assert.Equal([1, 1, 1, 1, 1, 1, 1], MicroBatchPlan.Split(groups, 100, 5).Select(p => p.Count));
        Assert.Equal(groups, MicroBatchPlan.Split(groups, 3, 1000).SelectMany(p => p));
    }
}
