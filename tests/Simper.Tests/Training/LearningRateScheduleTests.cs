using Simper.Training;

namespace Simper.Tests.Training;

/// <summary>The factors of transformers' schedulers, as tables.</summary>
public class LearningRateScheduleTests
{
    [Fact]
    public void Linear_falls_to_zero_and_warm_up_begins_at_zero() => Assert.Equal([0, 0.5, 1, 0.75, 0.5, 0.25, 0],
        Enumerable.Range(0, 7).Select(new LearningRateSchedule(ScheduleKind.Linear, 2, 6).FactorAt));

    [Fact]
    public void Cosine_is_half_a_wave() => Assert.Equal([1, 0.853553, 0.5, 0.146447, 0],
        Enumerable.Range(0, 5).Select(s => Math.Round(new LearningRateSchedule(ScheduleKind.Cosine, 0, 4).FactorAt(s), 6)));

    [Fact]
    public void Constant_stays() => Assert.Equal([0, 1, 1], Enumerable.Range(0, 3).Select(new LearningRateSchedule(ScheduleKind.Constant, 1, 3).FactorAt));
}
