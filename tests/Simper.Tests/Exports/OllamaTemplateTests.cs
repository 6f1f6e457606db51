using Simper.Exports;
using Simper.Text.Templates;

namespace Simper.Tests.Exports;

public class OllamaTemplateTests
{
    [Fact]
    public void Frames_around_messages_become_a_template_of_go()
    {
        const string chatMl =
            "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
            + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
        Assert.Equal(
            "{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ else }}{{ end }}"
                + "{{ range .Messages }}{{ if eq .Role \"user\" }}<|im_start|>user\n{{ .Content }}<|im_end|>\n"
                + "<|im_start|>assistant\n"
                + "{{ else if eq .Role \"assistant\" }}{{ .Content }}<|im_end|>\n{{ end }}{{ end }}",
            Of(chatMl)
        );
    }

    [Fact]
    public void A_token_that_is_put_before_all_texts_anyway_is_not_doubled()
    {
        const string llama =
            "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}{% endfor %}"
            + "{% if add_generation_prompt %}[assistant]{% endif %}";
        Assert.DoesNotContain("<s>", Of(llama, addedBos: "<s>"), StringComparison.Ordinal);
        Assert.Contains("<s>", Of(llama), StringComparison.Ordinal);
    }

    [Fact]
    public void A_system_message_that_the_model_has_by_itself_stands_where_none_is_given()
    {
        const string withDefault =
            "{% if messages[0]['role'] != 'system' %}<sys>Be kind.</sys>{% endif %}{% for m in messages %}"
            + "{% if m['role'] == 'system' %}<sys>{{ m['content'] }}</sys>{% elif m['role'] == 'user' %}<u>{{ m['content'] }}<a>"
            + "{% else %}{{ m['content'] }}</a>{% endif %}{% endfor %}";
        Assert.Contains("{{ else }}<sys>Be kind.</sys>{{ end }}", Of(withDefault), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ messages[-1]['content'] }}")] // forgets what was said
    [InlineData("{% for m in messages %}{{ m['content'] | upper }}{% endfor %}")] // changes what was said
    [InlineData("{% for m in messages %}{{ loop.index }}: {{ m['content'] }}\n{% endfor %}")] // counts
    [InlineData("{% for m in messages %}<u>{{ m['content'] }}</u>{% endfor %}{{ '{{' }}")] // would be read as Go's
    [InlineData("{{ raise_exception('no') }}")]
    public void What_does_more_than_to_frame_messages_has_none(string template) => Assert.Null(Of(template));

    private static string? Of(string template, string? addedBos = null) =>
        OllamaTemplate.Of(ChatTemplate.Parse(template, "test"), addedBos, "<s>", "</s>");
}
