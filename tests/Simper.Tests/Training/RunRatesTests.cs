using Simper.Training;

namespace Simper.Tests.Training;

/// <summary>How many steps warm up, and what is said of it before the run.</summary>
public class RunRatesTests
{
    private static RunRates Of(int total, double warmup, ScheduleKind kind = ScheduleKind.Linear, bool mayCoverAll = false) =>
        new()
        {
            TotalSteps = total,
            Peak = 1e-6,
            Schedule = kind,
            Warmup = warmup,
            WarmupMayCoverAll = mayCoverAll,
        };

    [Theory]
    [InlineData(25, 0.1, 3)] // a fraction is rounded up
    [InlineData(20, 0.1, 2)]
    [InlineData(100, 0.99, 99)]
    [InlineData(10, 1, 1)] // 1 is a step, not all of them
    [InlineData(10, 3, 3)]
    [InlineData(10, 10, 9)] // the last step has the full rate
    [InlineData(10, 1e12, 9)]
    [InlineData(1, 5, 0)]
    [InlineData(0, 5, 0)]
    public void A_warm_up_is_steps_or_a_fraction_of_them_and_leaves_the_last_one(int total, double warmup, int expected) =>
        Assert.Equal(expected, Of(total, warmup).WarmupSteps);

    [Fact]
    public void A_constant_rate_has_none_and_as_in_transformers_it_may_cover_all()
    {
        Assert.Equal(0, Of(10, 3, ScheduleKind.Constant).WarmupSteps);
        Assert.Equal(10, Of(10, 10, mayCoverAll: true).WarmupSteps);
        Assert.Equal(12, Of(10, 12, mayCoverAll: true).WarmupSteps);
        Assert.Equal(3, Of(10, 3).Curve().WarmupSteps);
        Assert.Equal(10, Of(10, 3).Curve().TotalSteps);
    }

    [Fact]
    public void A_warm_up_of_all_steps_is_told_of_before_the_run()
    {
        Assert.Null(Of(10, 9).Note());
        Assert.Equal(
            "warm-up: 9 of 10 steps instead of 10, so that the run reaches its learning rate (warmup_steps)",
            Of(10, 10).Note()
        );
        Assert.Equal(
            "warm-up: 0 of 1 step instead of 1, so that the run reaches its learning rate (warmup_steps)",
            Of(1, 1).Note()
        );
        Assert.Equal(
            "warm-up: 10 steps cover all 10 of the run, as TRL has it, so it ends below its learning rate (warmup_steps)",
            Of(10, 10, mayCoverAll: true).Note()
        );
        Assert.Null(Of(10, 9, mayCoverAll: true).Note());
    }

    [Fact]
    public void A_run_whose_rates_are_all_zero_is_refused_unless_that_is_what_was_asked_for()
    {
        Assert.False(Of(2, 2, mayCoverAll: true).AreZero);
        Assert.False(Of(1, 0).AreZero);
        RunRates zero = Of(1, 1, mayCoverAll: true);
        Assert.True(zero.AreZero);
        Assert.StartsWith(
            "The warm-up covers the only step with a learning rate of 0",
            Assert.Throws<SimperException>(() => zero.Note()).Message,
            StringComparison.Ordinal
        );
        Assert.NotNull((zero with { Peak = 0 }).Note());
    }
}
