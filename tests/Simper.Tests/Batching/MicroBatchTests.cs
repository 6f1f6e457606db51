using Simper.Batching;
using Simper.Kernels;
using Simper.Tests.Toys;
using Simper.Text.Preferences;

namespace Simper.Tests.Batching;

public class MicroBatchTests
{
    private static TokenizedGroup Pair =>
        new()
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
        var group = new TokenizedGroup
        {
            Prompt = [1],
            Answers = [new TokenizedAnswer { Ids = [2], IsScored = [false] }],
            Row = 7,
        };
        Assert.Contains(
            "row 7",
            Assert.Throws<ArgumentException>(() => MicroBatch.Of([group])).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Only_as_many_answers_as_asked_for_take_part() => Assert.Single(MicroBatch.Of([Pair], answersPerGroup: 1).Answers);

    /// <summary>
    /// Random conversations that share beginnings of all lengths: read back from the axis, every answer is the sequence it was.
    /// </summary>
    [Fact]
    public void Sequences_can_be_read_back_from_the_axis_however_much_they_share()
    {
        var random = new Random(11);
        for (int round = 0; round < 300; round++)
        {
            // Cut from a few long texts, so that beginnings of 0 to 60 tokens are common.
            int[][] texts =
            [
                .. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 60).Select(_ => random.Next(3)).ToArray()),
            ];
            int[] Ids(int most) =>
                [
                    .. texts[random.Next(3)][..random.Next(most)],
                    .. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(50)),
                ];
            TokenizedGroup[] groups =
            [
                .. Enumerable
                    .Range(0, 5)
                    .Select(row => new TokenizedGroup
                    {
                        Row = row,
                        Prompt = Ids(50),
                        Answers =
                        [
                            .. Enumerable
                                .Range(0, 2)
                                .Select(_ => Ids(40))
                                .Select(ids => new TokenizedAnswer { Ids = ids, IsScored = [.. ids.Select(_ => true)] }),
                        ],
                    }),
            ];
            MicroBatch batch = MicroBatch.Of(groups);
            foreach (MicroBatch.ScoredToken scored in batch.Scored)
            {
                MicroBatch.Answer answer = batch.Answers[scored.Answer];
                TokenizedGroup group = groups[answer.Group];
                int[] sequence = [.. group.Prompt, .. group.Answers[answer.Index].Ids];
                int[] seen = Seen(batch, scored.PredictedAt);
                Assert.Equal(sequence[..seen.Length], seen);
                Assert.Equal(sequence[seen.Length], scored.Id);
            }
            Assert.Equal(groups.Sum(g => g.Answers.Sum(a => a.Ids.Length)), batch.Scored.Count);
            Assert.True(batch.Tokens <= groups.Sum(g => MicroBatch.TokensOf(g)));
        }

        static int[] Seen(MicroBatch batch, int place)
        {
            int s = Enumerable
                .Range(0, batch.Layout.Segments.Count)
                .Single(i => batch.Layout.Segments[i].Start <= place && place < batch.Layout.Segments[i].End);
            IEnumerable<long> seen = batch.Ids[batch.Layout.Segments[s].Start..(place + 1)];
            for (int a = batch.Layout.Segments[s].Parent; a >= 0; a = batch.Layout.Segments[a].Parent)
                seen = batch.Ids[batch.Layout.Segments[a].Start..batch.Layout.Segments[a].End].Concat(seen);
            return [.. seen.Select(i => (int)i)];
        }
    }

    [Fact]
    public void A_system_prompt_and_earlier_turns_stand_once()
    {
        int[] system = [.. Enumerable.Range(100, 30)];
        int[] turn = [.. Enumerable.Range(200, 20)];
        TokenizedGroup Group(int row, params int[] prompt) => ToyDecoder.Group(row, 0, 3, 3) with { Prompt = prompt };
        MicroBatch batch = MicroBatch.Of([
            Group(1, [.. system, 1, 2]),
            Group(2, [.. system, .. turn]),
            Group(3, [.. system, .. turn, 7, 8]),
        ]);
        Assert.Equal(30 + 2 + 20 + 2 + 6 * 2, batch.Tokens);
    }

    [Fact]
    public void A_plan_needs_room_for_one_group_and_one_token()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => MicroBatchPlan.Split([Pair], 0, 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => MicroBatchPlan.Split([Pair], 1, 0));
        Assert.Single(Assert.Single(MicroBatchPlan.Split([Pair], 1, 1)));
        Assert.Empty(MicroBatchPlan.Split([], 1, 1));
    }

    [Fact]
    public void A_plan_keeps_order_and_respects_both_limits()
    {
        TokenizedGroup[] groups = [.. Enumerable.Range(0, 7).Select(i => ToyDecoder.Group(i, 4, 3, 3))]; // 8 tokens each
        Assert.Equal([2, 2, 2, 1], MicroBatchPlan.Split(groups, 2, 1000).Select(p => p.Count));
        Assert.Equal([3, 3, 1], MicroBatchPlan.Split(groups, 100, 24).Select(p => p.Count));
        Assert.Equal([4, 3], MicroBatchPlan.Split(groups, 100, 55).Select(p => p.Count)); // not 6 and 1: even runs
        Assert.Equal([1, 1, 1, 1, 1, 1, 1], MicroBatchPlan.Split(groups, 100, 5).Select(p => p.Count));
        Assert.Equal(groups, MicroBatchPlan.Split(groups, 3, 1000).SelectMany(p => p));
    }
}
