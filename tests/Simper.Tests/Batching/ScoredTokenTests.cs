using Simper.Batching;
using Simper.Tests.Toys;
using Simper.Text.Preferences;

namespace Simper.Tests.Batching;

/// <summary>Which tokens count, in the prompt, in the tail of the longer answer, and where nothing predicts them.</summary>
public class ScoredTokenTests
{
    private static TokenizedAnswer Answer(int[] ids, params bool[] isScored) => new() { Ids = ids, IsScored = isScored };

    // The chosen answer begins with a token that belongs to its prompt.
    private static TokenizedGroup Pair =>
        new()
        {
            Prompt = [1, 2, 3],
            Answers = [Answer([4, 5, 6], false, true, true), Answer([7, 8, 9, 10], true, true, true, true)],
            Row = 5,
        };

    [Fact]
    public void A_scored_prompt_is_all_before_the_first_scored_token_but_its_first()
    {
        MicroBatch batch = MicroBatch.Of([Pair], ScoreNeeds.Sums with { Prompts = true });
        Assert.Equal([1, 2, 3, 4, 5, 7, 8, 9], batch.Ids);
        Assert.Equal(new MicroBatch.Answer(0, MicroBatch.PromptIndex, 5, 3, 0), batch.Answers[2]);
        Assert.Equal([new(0, 2, 2), new(1, 3, 2), new(2, 4, 2)], batch.Scored.Where(s => s.Answer == 2));
        Assert.Equal([6, 7, 4], batch.Lengths);
        Assert.Equal(3, MicroBatch.PromptTokensOf(Pair));
        Assert.Equal(0, MicroBatch.PromptTokensOf(ToyDecoder.Group(1, 0, 3, 3)));
    }

    [Fact]
    public void Tokens_beyond_the_shorter_answer_have_the_tail_s_weight()
    {
        MicroBatch batch = MicroBatch.Of([Pair], ScoreNeeds.Sums with { TailWeight = 0.25, Prompts = true });
        // The chosen answer has two scored tokens: the rejected one's third and fourth are its tail. Prompts have none.
        Assert.Equal([1, 1], batch.Scored.Where(s => s.Answer == 0).Select(s => s.Weight));
        Assert.Equal([1, 1, 0.25f, 0.25f], batch.Scored.Where(s => s.Answer == 1).Select(s => s.Weight));
        Assert.Equal([1, 1, 1], batch.Scored.Where(s => s.Answer == 2).Select(s => s.Weight));
    }

    [Fact]
    public void Lengths_known_before_are_those_of_the_laid_out_answers()
    {
        TokenizedGroup cut = Pair with { Answers = [Pair.Answers[0] with { UnpredictedTokens = 2 }, Pair.Answers[1]] };
        TokenizedGroup bare = cut with { Prompt = [] };
        foreach (TokenizedGroup group in (TokenizedGroup[])[Pair, cut, bare])
        {
            IReadOnlyList<MicroBatch.Answer> answers = MicroBatch.Of([group]).Answers;
            Assert.Equal(
                answers.Select(a => a.ScoredTokens),
                [.. answers.Select(a => MicroBatch.ScoredTokensOf(group, a.Index))]
            );
        }
        Assert.Equal((2, 4), (MicroBatch.ScoredTokensOf(Pair, 0), MicroBatch.ScoredTokensOf(Pair, 1)));
        // Two unpredicted tokens count; without a prompt the first token, where it is scored, does not.
        Assert.Equal((4, 3), (MicroBatch.ScoredTokensOf(bare, 0), MicroBatch.ScoredTokensOf(bare, 1)));
    }

    [Fact]
    public void Laid_apart_each_answer_has_its_own_copy_of_the_prompt()
    {
        MicroBatch apart = MicroBatch.Of([Pair, Pair]).Apart();
        long[] pair = [1, 2, 3, 4, 5, 1, 2, 3, 7, 8, 9];
        Assert.Equal([.. pair, .. pair], apart.Ids);
        Assert.Equal([-1, -1, -1, -1], apart.Layout.Segments.Select(s => s.Parent));
        Assert.Equal(
            [(3, 5), (4, 6), (7, 7), (8, 8), (9, 9), (10, 10)],
            apart.Scored.Where(s => s.Answer < 2).Select(s => (s.PredictedAt, s.Id))
        );
        Assert.Equal([14, 15], apart.Scored.Where(s => s.Answer == 2).Select(s => s.PredictedAt));
    }
}
