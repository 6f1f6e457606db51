using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Templates;

/// <summary>Prompts of evaluation tasks: Jinja without the white-space rules of chat templates, and strict about names.</summary>
public class PromptTemplateTests
{
    private static JsonObject Row => JsonNode.Parse("""{"q":"Why?","n":3,"list":["a","it's"],"none":null}""")!.AsObject();

    [Theory]
    [InlineData("{{q}}\n", "Why?\n")]
    [InlineData("  {% if n %}\nyes\n{% endif %}\n", "  \nyes\n\n")]
    [InlineData("{% set x = 'a\nb' %}{{x + q}}", "a\nbWhy?")]
    [InlineData("{{list}}", "['a', \"it's\"]")]
    [InlineData("{{none}} {{n}}", "None 3")]
    [InlineData("{{'x' if missing is undefined else missing}}", "x")]
    [InlineData("{{missing|default('d')}}", "d")]
    [InlineData("{{q|regex_replace('(W)h', '\\\\1H')}}", "WHy?")]
    [InlineData("{{list.index('a')}}", "0")]
    public void Text_is_rendered_as_the_harness_renders_it(string source, string expected) =>
        Assert.Equal(expected, PromptTemplate.Parse(source, "t").Render(Row));

    [Theory]
    [InlineData("{{missing}}")]
    [InlineData("{% if missing %}x{% endif %}")]
    [InlineData("{% for x in missing %}x{% endfor %}")]
    [InlineData("{{missing.part}}")]
    public void Names_that_the_row_does_not_have_are_refused(string source) =>
        Assert.Contains(
            "missing",
            Assert.Throws<SimperException>(() => PromptTemplate.Parse(source, "t").Render(Row)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_syntax_error_is_told_with_the_name() =>
        Assert.StartsWith(
            "task.yaml, doc_to_text: ",
            Assert.Throws<SimperException>(() => PromptTemplate.Parse("{{", "task.yaml, doc_to_text")).Message,
            StringComparison.Ordinal
        );
}
