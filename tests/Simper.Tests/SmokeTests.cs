namespace Simper.Tests;

public class SmokeTests
{
    [Fact]
    public void The_message_of_an_error_is_its_sentence() => Assert.Equal("a", new SimperException("a").Message);
}
