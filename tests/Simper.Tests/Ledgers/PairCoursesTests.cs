using Simper.Ledgers;
using Simper.Objectives;

namespace Simper.Tests.Ledgers;

/// <summary>Small ledgers written by hand, whose answers are known.</summary>
public sealed class PairCoursesTests
{
    private const int LastStep = 10;

    // A pair whose rewards are mean log-probs of answers of four and two tokens; margins are exact in binary.
    private static LedgerRow Pair(int place, int step, LedgerPhase phase, double margin, LedgerSplit split = LedgerSplit.Train) =>
        new(
            step,
            step / 5.0,
            split,
            phase,
            new PairOutcome(place + 1, 0, 1, -1, -1 - margin, -4, 2 * (-1 - margin), 4, 2) { Place = place }
        );

    private static LedgerRow Single(int place, int step, LedgerPhase phase, double reward, bool isGood) =>
        new(
            step,
            step / 5.0,
            LedgerSplit.Train,
            phase,
            isGood
                ? new PairOutcome(place + 1, 0, 1, reward, double.NaN, 10 * reward, double.NaN, 10, 0) { Place = place }
                : new PairOutcome(place + 1, 0, 1, double.NaN, reward, double.NaN, 10 * reward, 0, 10) { Place = place }
        );

    private static PairCourses Of(params LedgerRow[] rows) => PairCourses.Of(rows, LastStep);

    private static int[] Places(PairCourses courses, LedgerQuestion question, LedgerSplit split = LedgerSplit.Train) =>
        [.. courses.Answers(question, split).Select(c => c.Pair.Place)];

    [Fact]
    public void Each_question_has_the_pairs_that_answer_it_those_first_that_do_it_most()
    {
        double[][] margins =
        [
            [-1, 1, 2], // learned
            [-1, -1, 3], // learned more
            [1, -1, -2], // worse
            [2, -1, -1], // worse, by as much
            [1, 1, 1], // always right
            [1, 2, 4],
            [-1, -2, -4], // never right
            [-1, -1, -1],
            [0, 0, 0], // never decided
            [0, 1, 1], // a tie at first, as with a reference: right whenever one was preferred
            [1, -1, 1], // right at both ends
            [-1, 1, -1], // wrong at both ends
        ];
        PairCourses courses = Of([
            .. margins.SelectMany(
                (m, place) =>
                    (LedgerRow[])
                        [
                            Pair(place, 0, LedgerPhase.Before, m[0]),
                            Pair(place, 4, LedgerPhase.Training, m[1]),
                            Pair(place, 10, LedgerPhase.After, m[2]),
                        ]
            ),
        ]);
        Assert.Equal(12, courses.Count);
        Assert.Equal([1, 0], Places(courses, LedgerQuestion.Learned));
        Assert.Equal([2, 3], Places(courses, LedgerQuestion.Worse));
        Assert.Equal([5, 4, 9], Places(courses, LedgerQuestion.AlwaysRight));
        Assert.Equal([6, 7], Places(courses, LedgerQuestion.NeverRight));
        // By what the second half of the run has more than the start: 2 (margin - margin before), as rejected answers have two
        // tokens.
        Assert.Equal([2, 3, 6], Places(courses, LedgerQuestion.Mislabelled));
        foreach (int most in (int[])[0, 1, 2, 3, 100])
        {
            (int count, IReadOnlyList<PairCourse> first) = courses.Most(LedgerQuestion.AlwaysRight, LedgerSplit.Train, most);
            Assert.Equal(3, count);
            Assert.Equal(((int[])[5, 4, 9]).Take(most), first.Select(c => c.Pair.Place));
        }
        PairCourse fell = courses.All.Single(c => c.Pair.Place == 3);
        Assert.Equal((3, 3, 1, -6.0, true), (fell.Moments, fell.Decided, fell.Right, fell.Agreement, fell.HasStart));
        foreach (LedgerQuestion question in Enum.GetValues<LedgerQuestion>())
            Assert.Empty(courses.Answers(question, LedgerSplit.HeldOut));
    }

    [Fact]
    public void Without_its_start_a_pair_is_judged_by_its_margins_in_the_second_half_of_the_run()
    {
        PairCourses courses = Of(
            Pair(0, 2, LedgerPhase.Training, -8),
            Pair(0, 7, LedgerPhase.Training, 1),
            Pair(0, 9, LedgerPhase.Training, 2),
            Pair(1, 3, LedgerPhase.Training, 8),
            Pair(1, 8, LedgerPhase.Training, -0.5),
            Pair(2, 1, LedgerPhase.Training, -3), // never seen later
            Pair(2, 5, LedgerPhase.Training, 1),
            Pair(3, 0, LedgerPhase.Before, -3) // never seen in training
        );
        Assert.Equal([1.5, -0.5, -1, double.NaN], courses.All.Select(c => c.Agreement));
        Assert.Equal([2, 1], Places(courses, LedgerQuestion.Mislabelled));
        Assert.Equal([false, false, false, true], courses.All.Select(c => c.HasStart));
    }

    [Fact]
    public void The_two_answers_of_a_pair_that_come_apart_are_joined()
    {
        PairCourses courses = Of(
            Single(0, 1, LedgerPhase.Training, -2, isGood: true),
            Single(1, 1, LedgerPhase.Training, 1, isGood: false),
            Single(0, 2, LedgerPhase.Training, -1, isGood: false),
            Single(1, 3, LedgerPhase.Training, 2, isGood: true),
            // The second epoch, in another order.
            Single(0, 6, LedgerPhase.Training, -1, isGood: false),
            Single(1, 6, LedgerPhase.Training, 1, isGood: true),
            Single(0, 7, LedgerPhase.Training, 3, isGood: true),
            Single(1, 9, LedgerPhase.Training, 2, isGood: false)
        );
        PairCourse[] all = [.. courses.All];
        Assert.Equal([(2, -1.0, 4.0), (2, 1.0, -1.0)], all.Select(c => (c.Moments, c.First.Margin, c.Last.Margin)));
        Assert.Equal([2, 7], (int[])[all[0].First.Step, all[0].Last.Step]);
        Assert.Equal([0], Places(courses, LedgerQuestion.Learned));
        Assert.Equal([1], Places(courses, LedgerQuestion.Worse));
        Assert.Equal([1], Places(courses, LedgerQuestion.Mislabelled));
    }

    [Fact]
    public void An_answer_without_another_one_is_compared_with_its_start()
    {
        PairCourses courses = Of(
            Single(0, 0, LedgerPhase.Before, -2, isGood: true),
            Single(1, 0, LedgerPhase.Before, -2, isGood: false),
            Single(0, 6, LedgerPhase.Between, -1, isGood: true),
            Single(1, 6, LedgerPhase.Between, -1, isGood: false),
            Single(0, 10, LedgerPhase.After, -0.5, isGood: true),
            Single(1, 10, LedgerPhase.After, -4, isGood: false)
        );
        PairCourse[] all = [.. courses.All];
        Assert.Equal([(1.0, 1.5), (-1.0, 2.0)], all.Select(c => (c.First.Margin, c.Last.Margin)));
        Assert.Equal([0], Places(courses, LedgerQuestion.AlwaysRight));
        Assert.Equal([1], Places(courses, LedgerQuestion.Learned));
    }

    [Fact]
    public void The_same_place_of_two_splits_is_two_pairs()
    {
        PairCourses courses = Of(
            Pair(0, 0, LedgerPhase.Before, -1, LedgerSplit.HeldOut),
            Pair(0, 0, LedgerPhase.Before, 1),
            Pair(0, 10, LedgerPhase.After, 2, LedgerSplit.HeldOut),
            Pair(0, 10, LedgerPhase.After, -2)
        );
        Assert.Equal([0], Places(courses, LedgerQuestion.Learned, LedgerSplit.HeldOut));
        Assert.Equal([0], Places(courses, LedgerQuestion.Worse, LedgerSplit.Train));
        Assert.Equal(2, courses.Count);
    }

    [Fact]
    public void What_is_not_a_number_is_no_verdict()
    {
        PairCourses courses = Of(
            Pair(0, 0, LedgerPhase.Before, 1),
            Pair(0, 6, LedgerPhase.Training, double.NaN),
            Pair(1, 6, LedgerPhase.Training, double.NaN)
        );
        Assert.Equal([0], Places(courses, LedgerQuestion.AlwaysRight));
        Assert.Empty(courses.Answers(LedgerQuestion.Mislabelled, LedgerSplit.Train));
        Assert.Empty(courses.Answers(LedgerQuestion.NeverRight, LedgerSplit.Train));
    }
}
