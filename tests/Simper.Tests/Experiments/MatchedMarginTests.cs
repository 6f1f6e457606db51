using Simper.Evaluation;
using Simper.Experiments;
using Simper.Text.Preferences;

namespace Simper.Tests.Experiments;

public class MatchedMarginTests
{
    // Two pairs. A: mean margins 0, 1; B: 0, 0, 2. The largest that both reach is 1: A's end, and B half way between its last two
    // points.
    private static readonly Course A = new(
        [
            [0, 0],
            [0.5, 1.5],
        ],
        [
            [-1, -2],
            [-1.5, -3],
        ]
    );
    private static readonly Course B = new(
        [
            [0, 0],
            [-1, 1],
            [1, 3],
        ],
        [
            [-1, -2],
            [-2, -2],
            [-4, -6],
        ]
    );

    [Fact]
    public void Courses_are_met_where_the_smaller_of_the_largest_margins_lies()
    {
        MatchedMargin at = MatchedMargin.Of([A, B])!;
        Assert.Equal((1, 0), (at.Margin, at.StartMargin));
        Assert.Equal([1, 1.5], at.Places);
        Assert.Equal([-1.5, -3], at.Chosen[0]);
        Assert.Equal([-3, -4], at.Chosen[1]); // half way from (-2, -2) to (-4, -6)
        Assert.Equal(1.25, at.Difference(0, 1).Mean, 12); // (1.5 + 1) / 2
        Assert.Equal(-0.75, at.Change(0).Mean, 12); // (-0.5 - 1) / 2
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-5, 0)]
    [InlineData(0.5, 0.5)]
    [InlineData(2, 1.5)] // on the way to 3, not on the later way down
    [InlineData(3, 2)]
    public void A_curve_is_looked_at_where_it_first_reaches_a_height(double height, double place) =>
        Assert.Equal(place, Course.FirstReached([0, 1, 3, 0, 4], height), 12);

    [Fact]
    public void A_course_that_never_rises_leaves_nothing_to_match()
    {
        Assert.Null(
            MatchedMargin.Of([
                A,
                new Course(
                    [
                        [0, 0],
                        [-1, 0.5],
                    ],
                    [
                        [0, 0],
                        [0, 0],
                    ]
                ),
            ])
        );
        Assert.Null(
            MatchedMargin.Of([
                A,
                new Course(
                    [
                        [0, 0],
                        [0, 0],
                    ],
                    [
                        [0, 0],
                        [0, 0],
                    ]
                ),
            ])
        );
    }

    [Fact]
    public void A_course_does_not_differ_from_itself()
    {
        MatchedDifference none = MatchedMargin.Of([B, B])!.Difference(0, 1);
        Assert.Equal(new MatchedDifference(2, 0, new Interval(0, 0)), none);
    }

    /// <summary>
    /// The second course pays 0.2 nats more for every unit of margin, pairs scatter by 0.5: seen with 400 pairs, not a twentieth
    /// of it with 20.
    /// </summary>
    [Fact]
    public void The_verdict_follows_the_interval_whichever_way_it_comes_out()
    {
        (Course cheap, Course dear) = (Random(pairs: 400, price: 0.3), Random(pairs: 400, price: 0.5));
        Assert.Equal(Verdict.Holds, Judged(cheap, dear));
        Assert.Equal(Verdict.DoesNotHold, Judged(dear, cheap));
        Assert.Equal(Verdict.Undecided, Judged(Random(pairs: 20, price: 0.3), Random(pairs: 20, price: 0.31)));
        Assert.Equal(Verdict.Undecided, new MatchedDifference(100, 0.5, new Interval(0, 1)).Verdict);
        Assert.Equal(Verdict.TooFewPairs, new MatchedDifference(9, 1.5, new Interval(1, 2)).Verdict);
        Assert.Equal(["holds", "does not hold", "undecided", "too few pairs"], Enum.GetValues<Verdict>().Select(v => v.Words()));
    }

    private static Verdict Judged(Course first, Course other) => MatchedMargin.Of([first, other])!.Difference(0, 1).Verdict;

    /// <summary>
    /// The interval is one of 95 %: over many draws of the pairs the true difference lies in it about as often.
    /// </summary>
    [Theory]
    [InlineData(12)]
    [InlineData(40)]
    public void The_interval_covers_the_truth_as_often_as_it_says(int pairs)
    {
        int covered = 0;
        const int draws = 60;
        for (ulong draw = 0; draw < draws; draw++)
        {
            Interval interval = MatchedMargin
                .Of([Random(pairs, 0.3, draw), Random(pairs, 0.5, draw + 1000)])!
                .Difference(0, 1, (long)draw)
                .Interval;
            // Both are met at the smaller of two largest margins near 1, where they paid 0.3 and 0.5 a unit.
            if (interval.Low <= 0.2 && interval.High >= 0.2)
                covered++;
        }
        Assert.InRange(covered, 50, draws);
    }

    private static Course Random(int pairs, double price, ulong seed = 1)
    {
        DeterministicRandom random = DeterministicRandom.For(seed, "pairs", (ulong)(100 * price));
        double Noise() => random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5; // deviation 0.5
        double[] noise = [.. Enumerable.Range(0, pairs).Select(_ => Noise())];
        double[] other = [.. Enumerable.Range(0, pairs).Select(_ => Noise())];
        double[] At(double[] of, double height) => [.. of.Select(n => height * (1 + n))];
        return new Course(
            [.. new[] { 0, 0.5, 1 }.Select(m => At(noise, m))],
            [.. new[] { 0, 0.5, 1 }.Select(m => At(other, -price * m))]
        );
    }
}
