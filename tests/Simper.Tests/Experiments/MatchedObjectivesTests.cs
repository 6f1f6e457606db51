using Simper.Experiments;

namespace Simper.Tests.Experiments;

public class MatchedObjectivesTests
{
    private static readonly ObjectiveArms SimPer = SimulatedArms.Objective("simper", 1e-4, 3e-4);
    private static readonly ObjectiveArms Dpo = SimulatedArms.Objective("dpo");
    private static readonly ObjectiveArms SimPo = SimulatedArms.Objective("simpo", 1e-5, 2e-5);

    // Twelve pairs that are alike: margins 0 to 2 at 1e-4, to 4 at 3e-4, which pays more for it.
    private static readonly Trajectory Slow = SimulatedArms.Arm(SimPer, 1e-4, 1, Alike(-1, -1), Alike(-1.5, -3.5));
    private static readonly Trajectory Fast = SimulatedArms.Arm(SimPer, 3e-4, 1, Alike(-1, -1), Alike(-3, -7));
    private static readonly Trajectory DpoArm = SimulatedArms.Arm(Dpo, 1e-4, 1, Alike(-1, -1), Alike(-2, -3));

    [Fact]
    public void Each_objective_is_taken_at_the_rate_that_is_kindest_to_it()
    {
        MatchedObjectives found = MatchedObjectives.Of([SimPer, Dpo], [Slow, Fast, DpoArm], PairSet.HeldOut, LogProbKind.Mean);
        Assert.Equal((1, 0, -1, 12), (found.Margin, found.StartMargin, found.StartChosen, found.Pairs));
        Assert.Equal(1e-4, found.Objectives[0].Arm.LearningRate); // -1.25 at the margin of 1; the faster one has -1.5
        Assert.Equal((-1.25, 5), (found.Objectives[0].Chosen, found.Objectives[0].Step));
        Assert.Equal((-2, 10), (found.Objectives[1].Chosen, found.Objectives[1].Step));
        Assert.Equal(0.75, found.Objectives[1].FirstLessThis!.Mean, 12);
        Assert.Equal(Verdict.Holds, found.Objectives[1].FallsLess);
        Assert.Equal("below the start", found.Objectives[0].ChangeInWords);
        Assert.Null(found.Objectives[0].FallsLess);
    }

    [Fact]
    public void Two_pairs_are_matched_but_not_judged()
    {
        MatchedObjectives found = MatchedObjectives.Of(
            [SimPer, Dpo],
            [Slow, Fast, DpoArm],
            PairSet.HeldOut,
            LogProbKind.Mean,
            places: [0, 1]
        );
        Assert.Equal(0.75, found.Objectives[1].FirstLessThis!.Mean, 12);
        Assert.Equal(Verdict.TooFewPairs, found.Objectives[1].FallsLess);
        Assert.Contains("too few", found.Objectives[0].ChangeInWords, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rate_that_does_not_reach_the_margin_is_not_taken()
    {
        // margin 3: only the faster SimPER reaches it
        Trajectory far = SimulatedArms.Arm(Dpo, 1e-4, 1, Alike(-1, -1), Alike(-2, -5));
        MatchedObjectives found = MatchedObjectives.Of([SimPer, Dpo], [Slow, Fast, far], PairSet.HeldOut, LogProbKind.Mean);
        Assert.Equal((3, 3e-4, -2.5), (found.Margin, found.Objectives[0].Arm.LearningRate, found.Objectives[0].Chosen));
        Assert.Equal(Verdict.DoesNotHold, found.Objectives[1].FallsLess);
    }

    [Fact]
    public void Sums_have_margins_and_prices_of_their_own()
    {
        MatchedObjectives found = MatchedObjectives.Of([SimPer, Dpo], [Slow, Fast, DpoArm], PairSet.HeldOut, LogProbKind.Sum);
        // answers of two tokens
        Assert.Equal((2, -2.5, -4), (found.Margin, found.Objectives[0].Chosen, found.Objectives[1].Chosen));
    }

    [Fact]
    public void Who_never_rises_is_named_with_the_rates_that_were_tried()
    {
        Trajectory[] flat = [.. SimPo.Rates.Select(rate => SimulatedArms.Arm(SimPo, rate, 1, Alike(-1, -1), Alike(-2, -1.5)))];
        MatchedObjectives found = MatchedObjectives.Of(
            [SimPer, Dpo, SimPo],
            [Slow, Fast, DpoArm, .. flat],
            PairSet.HeldOut,
            LogProbKind.Mean
        );
        Assert.Equal(["simper", "dpo"], found.Objectives.Select(o => o.Arm.Spec.Text));
        Assert.Equal([1e-5, 2e-5], Assert.Single(found.Unreached).Rates);
        MatchedObjectives none = MatchedObjectives.Of([SimPo, SimPer], [Slow, Fast, .. flat], PairSet.HeldOut, LogProbKind.Mean);
        Assert.Empty(none.Objectives);
        Assert.True(double.IsNaN(none.Margin));
        Assert.Null(none.ToJson()["matched_margin"]);
    }

    private static (double, double)[] Alike(double chosen, double rejected) => [.. Enumerable.Repeat((chosen, rejected), 12)];
}
