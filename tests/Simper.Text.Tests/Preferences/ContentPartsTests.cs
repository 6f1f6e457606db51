using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences;

/// <summary>
/// Contents that are lists of parts: joined for templates that take texts, given as they are to those that take parts.
/// </summary>
public class ContentPartsTests
{
    private static string Pair(string content) =>
        $$"""{"prompt": [{"role": "user", "content": {{content}}}], "chosen": "Robin.", "rejected": "Salmon."}""";

    private static string Fitted(string template, params ChatMessage[] messages) =>
        ChatTemplate
            .Parse(template, "test")
            .Render(
                new ContentForms(ChatTemplate.Parse(template, "test"), null, null, null).Fit([
                    .. messages.Select(m => m.ToValue()),
                ]),
                new TemplateContext()
            );

    private static ChatMessage Read(string content) => Assert.Single(Assert.Single(RowFile.Open(Pair(content))).Prompt);

    [Theory]
    [InlineData("rows.jsonl", "chatml")]
    [InlineData("rows.jsonl", "vl")]
    [InlineData("renamed_columns.jsonl", "chatml")]
    [InlineData("renamed_columns.jsonl", "vl")]
    [InlineData("openai_parts.jsonl", "chatml")]
    [InlineData("openai_parts.jsonl", "vl")]
    public void Parts_give_the_tokens_of_their_text(string file, string template)
    {
        GroupTokenizer tokenizer = RowFile.Tokenizer(template);
        TokenizedGroup text = tokenizer.Tokenize(Assert.Single(RowFile.Open(Pair("\"Name a bird.\"")))).Group!;
        TokenizedGroup parts = Assert.Single(RowFile.Tokens(RowFile.Case("content-as-parts", file), template));
        Assert.Equal(text.Prompt, parts.Prompt);
        Assert.Equal(text.Answers.Select(a => a.Ids), parts.Answers.Select(a => a.Ids));
    }

    [Fact]
    public void An_image_is_refused_with_its_row() =>
        Assert.Contains(
            "line 1: \"prompt[0].content[0]\" is an image (image_url); Simper trains on texts alone",
            Assert
                .Throws<SimperException>(() => PreferenceDataset.Open(RowFile.Case("content-as-parts", "image_part.jsonl")))
                .Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("""[{"type": "text", "text": "Name "}, {"type": "text", "text": "a bird."}]""")]
    [InlineData("""[{"type": "text", "value": "Name a bird."}]""")]
    [InlineData("""[{"type": "text", "content": "Name a bird.", "text": null}]""")]
    [InlineData("""[{"type": "input_text", "text": "Name a bird."}]""")]
    [InlineData("""[{"type": "text", "text": {"value": "Name a bird.", "annotations": []}}]""")]
    [InlineData("""[{"text": "Name a bird.", "type": null, "image_url": null}]""")]
    [InlineData("""["Name ", "a bird."]""")]
    [InlineData("""{"type": "text", "text": "Name a bird."}""")]
    [InlineData("""{"content_type": "text", "parts": ["Name a bird."]}""")]
    public void Every_way_of_writing_a_text_part_is_its_text(string content)
    {
        ChatMessage message = Read(content);
        Assert.Equal("Name a bird.", message.Content);
        Assert.Equal("Name a bird.", Fitted("{{ messages[0].content }}", message));
        Assert.Equal(
            "Name a bird.",
            Fitted("{% for p in messages[0].content %}{% if p.type == 'text' %}{{ p.text }}{% endif %}{% endfor %}", message)
        );
    }

    [Theory]
    [InlineData("""[{"type": "image"}]""", "is an image (image)")]
    [InlineData(
        """[{"type": "text", "text": "a"}, {"type": "input_audio", "input_audio": {}}]""",
        "\"prompt[0].content[1]\" is a recording (input_audio)"
    )]
    [InlineData("""[{"type": "video_url"}]""", "is a film (video_url)")]
    [InlineData("""[{"type": "tool_use", "name": "f"}]""", "belongs beside the content, under tool_calls")]
    [InlineData("""[{"type": "hologram", "text": "a"}]""", "is a part of the kind hologram")]
    [InlineData("""[{"image_url": "x.png"}]""", "is an image (image_url)")]
    [InlineData("""[{"type": "text", "text": null}]""", "\"prompt[0].content[0]\" has to have a text")]
    [InlineData("[7]", "\"prompt[0].content[0]\" has to be a part of a content")]
    [InlineData("7", "\"prompt[0].content\" has to be a text or a list of parts")]
    [InlineData("null", "\"prompt[0]\" has to have a content")]
    [InlineData("NaN", "\"prompt[0]\" has to have a content")]
    public void What_is_no_text_is_refused_in_words_of_the_data(string content, string expected) =>
        Assert.Contains(expected, RowFile.Error(Pair(content)), StringComparison.Ordinal);

    [Theory]
    [InlineData("{% for m in messages %}{{ m.role }}:{{ m.content }};{% endfor %}", "user:ab;assistant:c;")]
    [InlineData("{% for m in messages %}{{ m.role + ':' + m.content|trim }};{% endfor %}", "user:ab;assistant:c;")]
    [InlineData(
        "{% for m in messages %}{{ m.role }}:{% for p in m.content %}<{{ p.text }}>{% endfor %};{% endfor %}",
        "user:<a><b>;assistant:<c>;"
    )] // parts alone
    [InlineData(
        "{% for m in messages %}{{ m.role }}:{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content "
            + "%}<{{ p.text }}>{% endfor %}{% endif %};{% endfor %}",
        "user:<a><b>;assistant:c;"
    )]
    [InlineData(
        "{% for m in messages %}{{ m.role }}:{{ m.content if m.content is string else m.content[0].text }};{% endfor %}",
        "user:ab;assistant:c;"
    )] // the first part is not all
    [InlineData(
        "{% for m in messages %}{{ m.role }}:{% if m.role == 'user' %}{% for p in m.content %}<{{ p.text }}>{% endfor "
            + "%}{% else %}{{ m.content }}{% endif %};{% endfor %}",
        "user:<a><b>;assistant:c;"
    )]
    public void The_template_says_in_which_form_it_takes_contents(string template, string expected) =>
        Assert.Equal(
            expected,
            Fitted(
                template,
                Read("""[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]"""),
                new ChatMessage("assistant", "c")
            )
        );

    [Fact]
    public void A_developer_is_the_system_where_a_template_does_not_know_the_role()
    {
        ChatMessage message = new("developer", "Short.");
        Assert.Equal("system:Short.", Fitted("{% for m in messages %}{{ m.role }}:{{ m.content }}{% endfor %}", message));
        Assert.Equal(
            "D:Short.",
            Fitted("{% for m in messages %}{{ 'D' if m.role == 'developer' else m.role }}:{{ m.content }}{% endfor %}", message)
        );
    }
}
