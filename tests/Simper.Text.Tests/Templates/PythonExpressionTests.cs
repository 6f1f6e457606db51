using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Templates;

/// <summary>
/// Arithmetic, filters, formats, calls and macros as Jinja2 has them; the texts come from
/// <c>tests/golden/python_values/make_expressions.py</c>.
/// </summary>
public class PythonExpressionTests
{
    [Fact]
    public void Expressions_give_what_jinja2_gives()
    {
        JsonNode golden = JsonNode.Parse(
            File.ReadAllText(Path.Combine(SharedFiles.Repository, "tests", "golden", "python_values", "expressions.json"))
        )!;
        var faults = new List<string>();
        foreach (JsonNode? item in golden["cases"]!.AsArray())
        {
            string template = (string)item![0]!;
            string? expected = (string?)item[2];
            string? rendered = Render(template, item[1]!.AsObject());
            if (rendered != expected)
                faults.Add($"{template}: {rendered ?? "an error"}, not {expected ?? "an error"}");
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(40)));
        Assert.True(golden["cases"]!.AsArray().Count > 1500);
    }

    // What Python refuses and Simper renders leniently, and what an error says, is not compared.
    [Fact]
    public void Methods_filters_and_members_give_what_jinja2_gives()
    {
        JsonNode golden = JsonNode.Parse(
            File.ReadAllText(Path.Combine(SharedFiles.Repository, "tests", "golden", "python_values", "methods.json"))
        )!;
        JsonObject variables = golden["variables"]!.AsObject();
        var faults = new List<string>();
        foreach (JsonNode? item in golden["cases"]!.AsArray())
        {
            string template = (string)item![0]!;
            string? expected = (string?)item[1];
            string? rendered = Render(template, variables);
            if (expected is not null && rendered != expected)
                faults.Add($"{template}: {rendered ?? "an error"}, not {expected}");
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults.Take(40)));
        Assert.True(golden["cases"]!.AsArray().Count > 500);
    }

    [Theory]
    [InlineData("{{ [1, 'a']|sort }}", "line 1: sort: a whole number and a text cannot be put in order")]
    [InlineData("{{ [{'n': 1}, {}]|sort(attribute='n') }}", "cannot be put in order")]
    [InlineData("{{ [{}]|groupby('role') }}", "an item has no \"role\" to group by")]
    [InlineData("{{ dict([1]) }}", "dict takes a map, or pairs of a key and a value")]
    [InlineData("{{ {}.items|list }}", "something to run over, not a function")]
    [InlineData("{{ cycler() }}", "cycler needs values")]
    [InlineData("{{ f(*[1], 2) }}", "order")]
    [InlineData("{{ f(a=1, 2) }}", "order")]
    [InlineData("{{ f(**{}, a=1) }}", "order")]
    [InlineData("{{ dict(a=1, **{'a': 2}) }}", "the argument a is given twice")]
    [InlineData("{{ dict(**5) }}", "** needs a map of arguments")]
    [InlineData("{{ range(*5) }}", "something to run over")]
    [InlineData("{% macro m(a) %}{% endmacro %}{{ m(1, b=2) }}", "the macro m takes no argument named b")]
    [InlineData("{{ 1 / 0 }}", "line 1: division by zero")]
    [InlineData("{{ 'a' }}\n{{ '\\N{BULLET}' }}", "line 2: a text has the escape \\N, which names a character")]
    [InlineData("{{ '\\x4' }}", "line 1: a text has the escape \\x without the 2 hexadecimal digits of a character")]
    [InlineData("{{ '\\u12' }}", "\\u without the 4 hexadecimal digits")]
    [InlineData("{{ '\\U00110000' }}", "\\U without the 8 hexadecimal digits")]
    [InlineData("{{ 'a\\", "a text is not closed")]
    [InlineData("{{ '<a>'|safe + 1 }}", "+ cannot be applied to a text and a whole number")]
    [InlineData("{{ 10 ** 400 * 1.0 }}", "line 1: a whole number is too large for a float")]
    public void What_python_refuses_is_refused_in_words(string template, string part) =>
        Assert.Contains(
            part,
            Assert.Throws<SimperException>(() => ChatTemplate.Parse(template, "t").Render([])).Message,
            StringComparison.Ordinal
        );

    private static string? Render(string template, JsonObject variables)
    {
        try
        {
            return ChatTemplate.Parse(template, "t").Render(variables);
        }
        catch (SimperException)
        {
            return null;
        }
    }
}
