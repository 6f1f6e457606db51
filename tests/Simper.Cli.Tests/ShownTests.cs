using Simper.Evaluation;

namespace Simper.Cli.Tests;

/// <summary>Numbers in the console: they can be read one way, and what is copied from there is a number.</summary>
public sealed class ShownTests
{
    [Fact]
    public void Negative_numbers_have_the_hyphen_that_is_typed()
    {
        string[] all =
        [
            Shown.Number(-1.5),
            Shown.Number(-3e-7),
            Shown.Signed(-0.25),
            Shown.Percent(-0.5),
            Shown.Points(-0.125),
            Shown.Amount(-2),
            Shown.Interval(new Interval(-0.25, -0.125), Shown.Signed),
        ];
        Assert.Equal(["-1.500", "-3e-7", "-0.2500", "-50.0 %", "-12.5 pts", "-2", "-0.2500 to -0.1250"], all);
        Assert.Equal("\u22121.500", Reports.Shown.Number(-1.5)); // pages have the true minus
    }

    [Theory]
    [InlineData(4, "4")]
    [InlineData(1.2245, "1.22")]
    [InlineData(8.5, "8.5")]
    [InlineData(1500, "1,500")]
    [InlineData(double.NaN, "–")]
    public void Steps_and_tokens_are_not_taken_for_thousands(double value, string expected) =>
        Assert.Equal(expected, Shown.Amount(value));

    [Fact]
    public void What_could_have_been_seen_has_the_unit_of_the_difference_and_is_a_dash_without_scatter()
    {
        PairedDifference same = PairedDifference.Of([1, 0, 1, 1], [1, 0, 1, 1]);
        Assert.Equal("–", Shown.Detectable(same, Shown.Points));
        PairedDifference some = PairedDifference.Of([1, 0, 1, 1], [1, 1, 0, 1]);
        Assert.Matches(@"^\d+\.\d pts$", Shown.Detectable(some, Shown.Points));
        Assert.Matches(@"^\d\.\d+$", Shown.Detectable(some, Shown.Signed));
    }
}
