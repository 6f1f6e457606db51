using Simper.Text.Templates;

namespace Simper.Text.Tests.Templates;

public class PythonRegexTests
{
    [Fact]
    public void Findall_gives_matches_groups_or_lists_of_groups()
    {
        Assert.Equal(["1", "22"], new PythonRegex(@"\d+").FindAll("1 a 22").Select(m => m.Single()));
        Assert.Equal(["1", "2"], new PythonRegex(@"\d*(\d)").FindAll("1 a 22").Select(m => m.Single()));
        Assert.Equal(
            [
                ["1", ""],
                ["", "a"],
            ],
            new PythonRegex(@"(\d)|([a-z])").FindAll("1 a")
        );
    }

    [Theory]
    [InlineData(@"(a)(b)", @"\2\1", "ab$", "ba$")]
    [InlineData(@"(?P<x>a)", @"[\g<x>]", "a", "[a]")]
    [InlineData(@"a\Z", "$1", "ba", "b$1")]
    [InlineData(@"(?P<q>['x]).(?P=q)", @"\n", "xax", "\n")]
    [InlineData(@"(?s).*#### ", "", "a\nb#### 5", "5")]
    public void Sub_replaces_as_in_Python(string pattern, string replacement, string text, string expected) =>
        Assert.Equal(expected, new PythonRegex(pattern).Replace(text, replacement));

    [Fact]
    public void What_is_no_pattern_is_refused() => Assert.Throws<SimperException>(() => new PythonRegex("("));
}
