using Simper.Benchmarks;

namespace Simper.Tests.Benchmarks;

public class PythonLiteralTests
{
    [Theory]
    [InlineData("['a', \"it's\", 'b\\n']", """["a","it's","b\n"]""")]
    [InlineData("[]", "[]")]
    [InlineData("('a', 'b')", """["a","b"]""")]
    [InlineData("('a',)", """["a"]""")]
    [InlineData("('a')", "\"a\"")]
    [InlineData("[1, -2, 3.5, True, None,]", "[1,-2,3.5,true,null]")]
    [InlineData("{'x': [1, (2, 3)]}", """{"x":[1,[2,3]]}""")]
    [InlineData("'a' 'b'", "\"ab\"")]
    [InlineData("['\\u00e9\\x41']", """["éA"]""")]
    public void What_Python_writes_is_read(string text, string json) =>
        Assert.Equal(json, ReadableJson.OneLine(PythonLiteral.Parse(text)!));

    [Theory]
    [InlineData("")]
    [InlineData("[1, 2")]
    [InlineData("['a' ]x")]
    [InlineData("open('x')")]
    [InlineData("['a")]
    [InlineData("[a]")]
    public void What_is_no_literal_is_refused(string text) => Assert.Throws<FormatException>(() => PythonLiteral.Parse(text));
}
