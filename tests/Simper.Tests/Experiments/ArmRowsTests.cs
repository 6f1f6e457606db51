using Simper.Experiments;
using Simper.Objectives;
using Simper.Runs;
using Simper.Tests.Toys;
using Simper.Text.Preferences;

namespace Simper.Tests.Experiments;

public class ArmRowsTests
{
    private static readonly TokenizedGroup[] Pairs = [.. Enumerable.Range(1, 5).Select(i => ToyDecoder.Group(i, 3 + i, 2, 3))];

    private static ArmRows Rows(Objective objective) => new(new Recipe { Objective = objective, TrainBatchSize = 2 });

    [Fact]
    public void Pairs_stay_as_they_are() => Assert.Same(Pairs, Rows(new Dpo()).Of(Pairs));

    [Fact]
    public void Single_answers_come_batch_by_batch_the_chosen_ones_first()
    {
        IReadOnlyList<TokenizedGroup> rows = Rows(new Bco()).Of(Pairs);
        Assert.Equal([1, 2, 1, 2, 3, 4, 3, 4, 5, 5], rows.Select(r => r.Row));
        Assert.Equal([1, 1, -1, -1, 1, 1, -1, -1, 1, -1], rows.Select(r => r.WeightOf(0)));
    }

    [Fact]
    public void Mismatched_answers_come_from_another_pair_of_the_batch()
    {
        IReadOnlyList<TokenizedGroup> rows = Rows(new Kto()).Of(Pairs[..4]);
        Assert.Equal([1, 2, 1, 2, 3, 4, 3, 4], rows.Select(r => r.Row));
        foreach (TokenizedGroup row in rows)
        {
            TokenizedGroup pair = Pairs.Single(p => p.Row == row.Row);
            TokenizedGroup other = Pairs.Single(p => p.Row == (row.Row % 2 == 1 ? row.Row + 1 : row.Row - 1));
            Assert.DoesNotContain(pair.Answers, a => a.Ids.SequenceEqual(row.Answers[1].Ids));
            Assert.Contains(other.Answers, a => a.Ids.SequenceEqual(row.Answers[1].Ids));
        }
    }

    [Fact]
    public void What_was_found_for_single_answers_is_put_together_again_pair_by_pair()
    {
        IReadOnlyList<TokenizedGroup> rows = Rows(new Bco()).Of(Pairs);
        IReadOnlyList<MeasuredPair> found = Rows(new Bco())
            .Join([
                .. rows.Select(r =>
                    r.WeightOf(0) > 0
                        ? new PairOutcome(r.Row, 1, 1, r.Row, double.NaN, -r.Row, double.NaN, 2, 0)
                        : new PairOutcome(r.Row, 2, 1, double.NaN, -r.Row, double.NaN, -10 * r.Row, 0, 3)
                ),
            ]);
        Assert.Equal([1, 2, 3, 4, 5], found.Select(p => p.Row));
        Assert.All(found, p => Assert.Equal(new MeasuredPair(p.Row, 2, 3, -p.Row, -10 * p.Row, p.Row, -p.Row, 3, 2), p));
    }
}
