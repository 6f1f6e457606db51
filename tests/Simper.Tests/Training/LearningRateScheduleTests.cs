using System.Text.Json;
using Simper.Runs;
using Simper.Testing;
using Simper.Training;

namespace Simper.Tests.Training;

/// <summary>The factors of transformers' schedulers, as tables.</summary>
public class LearningRateScheduleTests
{
    private static double[] Rates(LearningRateSchedule schedule, int steps) =>
        [.. Enumerable.Range(0, steps).Select(s => Math.Round(schedule.FactorAt(s), 6))];

    [Fact]
    public void Linear_falls_to_zero_and_warm_up_begins_at_zero() =>
        Assert.Equal([0, 0.5, 1, 0.75, 0.5, 0.25, 0], Rates(new(ScheduleKind.Linear, 2, 6), 7));

    [Fact]
    public void Cosine_is_half_a_wave() =>
        Assert.Equal([1, 0.853553, 0.5, 0.146447, 0], Rates(new(ScheduleKind.Cosine, 0, 4), 5));

    [Fact]
    public void Constant_has_no_warm_up_and_its_sister_has()
    {
        Assert.Equal([1, 1, 1], Rates(new(ScheduleKind.Constant, 1, 3), 3));
        Assert.Equal([0, 1, 1], Rates(new(ScheduleKind.ConstantWithWarmup, 1, 3), 3));
    }

    [Fact]
    public void Restarts_begin_again_at_the_peak() =>
        Assert.Equal(
            [1, 0.5, 1, 0.5, 0],
            Rates(new(ScheduleKind.CosineWithRestarts, 0, 4) { Options = new() { Cycles = 2 } }, 5)
        );

    [Fact]
    public void A_least_rate_may_be_a_rate_or_a_share_of_the_peak()
    {
        LearningRateSchedule share = new(ScheduleKind.CosineWithMinLr, 0, 2)
        {
            Options = new() { MinShare = 0.2 },
            Peak = 1e-6,
        };
        Assert.Equal([1, 0.6, 0.2], Rates(share, 3));
        Assert.Equal([1, 0.6, 0.2], Rates(share with { Options = new() { MinLearningRate = 2e-7 } }, 3));
    }

    [Fact]
    public void A_warm_up_above_zero_reaches_the_peak_and_the_last_update_has_the_least_rate()
    {
        LearningRateSchedule schedule = new(ScheduleKind.CosineWarmupWithMinLr, 2, 4) { Options = new() { MinShare = 0.2 } };
        Assert.Equal([0.5, 1, 0.6, 0.2], Rates(schedule, 4));
        Assert.Equal(
            [0.1, 1, 0.6, 0.2],
            Rates(
                schedule with
                {
                    Options = new() { MinShare = 0.2, WarmupShare = 0.1 },
                },
                4
            )
        );
    }

    [Fact]
    public void A_polynomial_ends_at_a_rate_of_its_own() =>
        Assert.Equal(
            [1, 0.325, 0.1, 0.1],
            Rates(
                new(ScheduleKind.Polynomial, 0, 2)
                {
                    Options = new() { EndLearningRate = 1e-7, Power = 2 },
                    Peak = 1e-6,
                },
                4
            )
        );

    [Fact]
    public void An_inverse_root_has_no_end() =>
        Assert.Equal([0, 1, 0.707107, 0.57735, 0.5], Rates(new(ScheduleKind.InverseSqrt, 1, 3), 5));

    [Fact]
    public void Options_that_are_not_given_have_transformers_defaults()
    {
        Assert.Equal([1, 0.5, 0], Rates(new(ScheduleKind.CosineWithRestarts, 0, 2), 3)); // one cycle
        Assert.Equal([1, 0.55, 0.1, 0.1], Rates(new(ScheduleKind.Polynomial, 0, 2) { Peak = 1e-6 }, 4)); // to 1e-7, a line
        Assert.Equal(0.707107, new LearningRateSchedule(ScheduleKind.InverseSqrt, 0, 3).FactorAt(10_000), 6);
        Assert.Equal([1, 0.5, 0], Rates(new(ScheduleKind.Cosine, 0, 2), 3)); // half a cycle
        ScheduleOptions least = new() { MinLearningRate = 0.2 };
        Assert.Equal([1, 0.6, 0.2], Rates(new(ScheduleKind.CosineWithMinLr, 0, 2) { Options = least }, 3)); // of a peak of 1
    }

    [Fact]
    public void No_step_is_divided_by_zero()
    {
        Assert.Equal([0, 0.5, 1, 0], Rates(new(ScheduleKind.Linear, 2, 2), 4)); // a warm-up of all steps
        LearningRateSchedule warmed = new(ScheduleKind.CosineWarmupWithMinLr, 1, 2) { Options = new() { WarmupShare = 0.1 } };
        Assert.Equal(0.1, warmed.FactorAt(0), 12); // a warm-up of one step
        Assert.Equal([0.1, 0.55, 1], Rates(warmed with { WarmupSteps = 3, TotalSteps = 4 }, 3));
        LearningRateSchedule plateau = new(ScheduleKind.WarmupStableDecay, 0, 2) { Options = new() { DecaySteps = 0 } };
        Assert.Equal([1, 1, 1, 0], Rates(plateau, 4)); // no descent
        Assert.Throws<ArgumentOutOfRangeException>(() => plateau.FactorAt(-1));
    }

    [Theory] // at the middle of each: 1 - 1/2; (1 + cos(pi / 2)) / 2; 1 - sqrt(1/2)
    [InlineData(ScheduleCurve.Linear, 0.5, 0.75)]
    [InlineData(ScheduleCurve.Cosine, 0.5, 0.75)]
    [InlineData(ScheduleCurve.OneMinusSqrt, 0.292893, 0.646447)]
    public void Warm_up_plateau_and_descent_follow_each_other(ScheduleCurve curve, double middle, double middleAboveHalf)
    {
        LearningRateSchedule schedule = new(ScheduleKind.WarmupStableDecay, 2, 6)
        {
            Options = new()
            {
                DecaySteps = 2,
                WarmupCurve = curve,
                DecayCurve = curve,
            },
        };
        Assert.Equal([0, middle, 1, 1, 1, middle, 0, 0], Rates(schedule, 8));
        Assert.Equal(
            [0.5, middleAboveHalf, 1, middleAboveHalf, 0.5],
            Rates(schedule with { Options = schedule.Options with { MinShare = 0.5, StableSteps = 0 } }, 5)
        );
    }

    public static IEnumerable<TheoryDataRow<string>> Table()
    {
        if (SharedFiles.Root is null)
            return [new("") { Skip = "needs the folder of reference files" }];
        using var table = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path("golden", "trl", "schedules.json")));
        return
        [
            .. table.RootElement.GetProperty("table").EnumerateArray().Select(e => new TheoryDataRow<string>(e.GetRawText())),
        ];
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Transformers_rates_come_from_its_own_keys(string entry)
    {
        using var json = JsonDocument.Parse(entry);
        JsonElement row = json.RootElement;
        Recipe recipe = Recipe.Read(
            null,
            [
                ("learning_rate", "1"),
                ("lr_scheduler_type", row.GetProperty("lr_scheduler_type").GetString()!),
                ("lr_scheduler_kwargs", row.GetProperty("lr_scheduler_kwargs").GetRawText()),
            ]
        );
        LearningRateSchedule schedule = new(
            recipe.Schedule,
            row.GetProperty("warmup_steps").GetInt32(),
            row.GetProperty("total_steps").GetInt32()
        )
        {
            Options = recipe.ScheduleOptions,
            Peak = recipe.LearningRate,
        };
        double[] expected = [.. row.GetProperty("rates").EnumerateArray().Select(r => r.GetDouble())];
        Assert.Equal(20, expected.Length);
        Assert.All(expected, (rate, step) => Assert.Equal(rate, schedule.FactorAt(step), 1e-11)); // the table has twelve digits
    }
}
