using Simper.Evaluation;
using Simper.Experiments;
using Simper.Reports;

namespace Simper.Tests.Experiments;

public class ComparedObjectiveTests
{
    // Four pairs, of which the last three are test pairs. Everything begins at (-1, -1).
    private static readonly (double, double)[] Start = [(-1, -1), (-1, -1), (-1, -1), (-1, -1)];

    private static ComparedObjective Compared(string name, params (double, double)[][] seeds)
    {
        ObjectiveArms objective = SimulatedArms.Objective(name, 1e-5, 1e-4);
        return new ComparedObjective
        {
            Objective = objective,
            Rates = [],
            Arms = [.. seeds.Select((end, i) => SimulatedArms.Arm(objective, 1e-4, i, Start, end))],
            Test = [1, 2, 3],
        };
    }

    [Fact]
    public void Figures_come_from_the_test_pairs_alone_and_are_set_against_the_baseline_pair_by_pair()
    {
        ComparedObjective first = Compared("simper", [(9, 0), (-1, -2), (-2, -1), (-1, -3)]); // right, wrong, right
        ComparedObjective second = Compared("dpo", [(-9, 0), (-2, -1), (-2, -1), (-2, -6)]); // wrong, wrong, right
        Finding[] found = [.. second.Against(first)];
        Finding accuracy = found.Single(f => f.Name == "accuracy by mean log-prob");
        Finding margin = found.Single(f => f.Name == "margin of mean log-probs");
        Assert.Equal((2 / 3.0, 1 / 3.0), (accuracy.First.Value, accuracy.Second.Value));
        Assert.Equal(Interval.OfShare(2, 3), accuracy.First.Interval);
        Assert.Equal((0, 1, 2), (accuracy.Difference.Wins, accuracy.Difference.Losses, accuracy.Difference.Ties));
        Assert.Equal(2 / 3.0, margin.First.Value, 12); // (1 - 1 + 2) / 3
        Assert.Equal(PairedDifference.Of([1, -1, 2], [-1.0, -1, 4]), margin.Difference);
        Assert.Equal(-1 / 3.0, found.Single(f => f.Name == "change of chosen mean log-prob").First.Value, 12); // (0 - 1 + 0) / 3
        Assert.Equal(Math.Exp(4 / 3.0), first.Perplexity().Value, 12);
        Assert.True(
            first.Perplexity().Interval.Low <= first.Perplexity().Value
                && first.Perplexity().Value <= first.Perplexity().Interval.High
        );
    }

    [Fact]
    public void Seeds_are_averaged_pair_by_pair_and_have_an_interval_of_their_own()
    {
        ComparedObjective first = Compared(
            "simper",
            [(0, 0), (-1, -2), (-1, -2), (-1, -2)],
            [(0, 0), (-1, -4), (-1, -4), (-1, -4)]
        ); // margins 1 and 3
        ComparedObjective second = Compared(
            "dpo",
            [(0, 0), (-1, -3), (-1, -3), (-1, -3)],
            [(0, 0), (-1, -6), (-1, -6), (-1, -6)]
        ); // 2 and 5
        Assert.Equal([2.0, 2, 2], first.PerPair(ComparedFigure.Margin));
        Assert.Equal([1.0, 3], first.PerSeed(ComparedFigure.Margin));
        SeedInterval over = second.OverSeeds(first, ComparedFigure.Margin)!;
        Assert.Equal(SeedInterval.Of([1.0, 2]), over);
        Assert.Null(Compared("dpo", Start).OverSeeds(first, ComparedFigure.Margin));
    }

    [Fact]
    public void The_rate_is_chosen_by_what_was_asked_and_of_equal_ones_the_smaller()
    {
        ObjectiveArms objective = SimulatedArms.Objective("simper", 1e-6, 1e-5, 1e-4, 1e-3);
        ValidatedRate Rate(double rate, double margin, double loss) =>
            new(new Arm(objective.Spec, rate, 1), new Measurement(10, PairSet.HeldOut, [SimulatedArms.Pair(margin, 0, loss)]));
        ValidatedRate[] rates =
        [
            Rate(1e-6, 1, 3),
            Rate(1e-5, -1, 2),
            Rate(1e-4, -1, 2),
            new(new Arm(objective.Spec, 1e-3, 1), null),
        ];
        Assert.Equal(1e-5, ValidatedRate.Best(rates, RateChoice.Loss)!.Arm.LearningRate);
        Assert.Equal(1e-6, ValidatedRate.Best(rates, RateChoice.Accuracy)!.Arm.LearningRate);
        Assert.Null(ValidatedRate.Best([rates[3]], RateChoice.Loss));
    }

    [Fact]
    public void A_rate_at_the_end_of_those_tried_says_so()
    {
        Assert.True(Compared("simper", Start).IsAtEdge); // 1e-4 of 1e-5 and 1e-4
        ComparedObjective inside = Compared("simper", Start) with
        {
            Objective = SimulatedArms.Objective("simper", 1e-5, 1e-4, 1e-3),
        };
        Assert.False(inside.IsAtEdge);
    }
}
