namespace Simper.Cli.Tests;

public sealed class ClockTests
{
    [Theory]
    [InlineData(10, "00:00:10")]
    [InlineData(3_723, "01:02:03")]
    [InlineData(86_399.9, "23:59:59")]
    [InlineData(86_400 + 3_723, "1 d 01:02:03")]
    [InlineData(12 * 86_400, "12 d 00:00:00")]
    public void Days_are_named_and_only_where_there_are_any(double seconds, string expected) =>
        Assert.Equal(expected, Clock.Text(TimeSpan.FromSeconds(seconds)));
}
