using System.Text.Json.Nodes;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>Start and stop tokens, cuts, templates: what is seen in tokens only.</summary>
public class TokenCheckTests
{
    private const string Turns = "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] }}";
    private const string End = "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

    private static readonly string[] Rows =
    [
        Examined.Pair("What is two and two?", "It is four.", "It is five."),
        Examined.Pair("What is two and three?", "It is five, as everybody who can count will tell you.", "It is six."),
    ];

    private static DoctorReport WithTemplate(string template, string? bos = null, params string[] rows) =>
        Examined.Rows(rows.Length > 0 ? rows : Rows, Examined.Tokenizing(template: template, bos: bos));

    [Fact]
    public void A_template_without_end_teaches_no_stop() => Assert.Equal([1, 2], WithTemplate(Turns + End).Of("no-stop-token"));

    [Fact]
    public void A_stop_token_in_front_of_more_scored_text_is_none()
    {
        DeterministicRandom random = DeterministicRandom.For(2, "trl");
        string[] rows = [.. Enumerable.Range(1, 2).Select(i => CleanRows.Conversation(random, i).ToJsonString())];
        const string template = Turns + "{{ '<|end|>And so on, and on, and on.' }}" + End;
        var trl = new TokenizationOptions { Compatibility = Compatibility.Trl };
        Assert.Equal([1, 2], Examined.Rows(rows, Examined.Tokenizing(trl, template)).Of("no-stop-token"));
        Assert.Empty(Examined.Rows(rows, Examined.Tokenizing(template: template)).Of("no-stop-token"));
    }

    [Fact]
    public void Two_end_tokens_are_one_too_many() =>
        Assert.Equal([1, 2], WithTemplate(Turns + "{{ '<|end|><|end|>' }}" + End).Of("double-eos"));

    [Fact]
    public void Two_start_tokens_of_the_template_are_found_in_each_row() =>
        Assert.Equal([1, 2], WithTemplate("{{ bos_token + bos_token }}" + Examined.Template, "<|system|>").Of("double-bos"));

    [Fact]
    public void A_model_that_names_no_stop_token_is_an_error()
    {
        var tokenizer = new GroupTokenizer(
            Examined.Tokenizing().Model.Tokenizer,
            Examined.Tokenizing().Model.Templates,
            [],
            null,
            null
        );
        Assert.Equal(Grade.Error, Examined.Rows(Rows, tokenizer).Findings.Single(f => f.Check.Id == "no-known-stop-token").Grade);
    }

    [Theory]
    [InlineData(TruncationMode.KeepStart, "cut-answer")]
    [InlineData(TruncationMode.KeepEnd, "cut-start")]
    [InlineData(TruncationMode.Drop, "too-long")]
    public void What_does_not_fit_is_told_as_the_mode_has_it(TruncationMode truncation, string check)
    {
        int fits = Examined.Rows(Rows[0]).Tokens is var tokens ? (int)tokens : 0;
        DoctorReport report = Examined.Rows(
            Rows,
            Examined.Tokenizing(new TokenizationOptions { MaxLength = fits, Truncation = truncation })
        );
        Assert.Equal([2], report.Of(check));
    }

    [Fact]
    public void Answers_whose_difference_is_not_written_are_equal_in_tokens()
    {
        string template = "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] | trim + '<|end|>' }}" + End;
        string[] rows = [Rows[0], Examined.Pair("Say it.", "It.", " It.")];
        Assert.Equal([2], WithTemplate(template, rows: rows).Of("answers-equal-in-tokens"));
    }

    [Fact]
    public void A_template_that_refuses_a_row_is_quoted()
    {
        const string refusing = "{% if messages|length > 2 %}{{ raise_exception('one turn only') }}{% endif %}";
        JsonObject row = CleanRows.Conversation(DeterministicRandom.For(1, "r"), 1);
        JsonObject other = row.DeepClone().AsObject();
        other["prompt"]!.AsArray().Insert(0, new JsonObject { ["role"] = "system", ["content"] = "Be brief." });
        DoctorReport report = WithTemplate(refusing + Examined.Template, rows: [row.ToJsonString(), other.ToJsonString()]);
        Assert.Equal([2], report.Of("template-refuses"));
        Assert.Contains(
            "one turn only",
            report.Findings.Single(f => f.Check.Id == "template-refuses").Rows[0].Detail,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Conversations_with_no_prompt_in_common_are_named()
    {
        static string Whole(string first, string second) =>
            new JsonObject { ["chosen"] = Turn(first, "Yes."), ["rejected"] = Turn(second, "No.") }.ToJsonString();
        static JsonArray Turn(string question, string answer) =>
            [
                new JsonObject { ["role"] = "user", ["content"] = question },
                new JsonObject { ["role"] = "assistant", ["content"] = answer },
            ];
        Assert.Equal([2], Examined.Rows(Whole("Is it?", "Is it?"), Whole("Is it?", "Was it?")).Of("no-common-prompt"));
    }

    [Fact]
    public void Ranked_answers_that_are_equal_or_alike_are_told_apart()
    {
        static string Ranked(string[] answers, int[] scores) =>
            new JsonObject
            {
                ["prompt"] = $"Say {answers.Length} things, or {scores.Sum()}.",
                ["responses"] = new JsonArray([.. answers.Select(a => (JsonNode)a)]),
                ["scores"] = new JsonArray([.. scores.Select(s => (JsonNode)s)]),
            }.ToJsonString();
        DoctorReport report = Examined.Rows(
            Ranked(["This.", "That.", "Those."], [3, 2, 1]),
            Ranked(["This.", "That.", "That."], [3, 2, 1]),
            Ranked(["This.", "That.", "Those."], [2, 2, 2]),
            Ranked(["This.", "This.", "This."], [3, 2, 1])
        );
        Assert.Equal([2], report.Of("answer-ranked-twice"));
        Assert.Equal([3], report.Of("ranked-alike"));
        Assert.Equal([4], report.Of("identical-answers").Distinct());
    }

    [Fact]
    public void Preferences_in_a_circle_are_named()
    {
        DoctorReport report = Examined.Rows(
            Examined.Pair("Which?", "The first.", "The second."),
            Examined.Pair("Which?", "The second.", "The third."),
            Examined.Pair("Which?", "The third.", "The first.")
        );
        Assert.Equal([1, 2, 3], report.Of("preference-circle"));
    }

    [Fact]
    public void A_row_is_shown_with_what_is_its_own_and_what_is_scored()
    {
        DoctorReport report = Examined.Rows(
            Rows,
            Examined.Tokenizing(template: Examined.Template.Replace("'|>'", "'|>Said: '", StringComparison.Ordinal)),
            new DoctorOptions { Rows = [1] }
        );
        RowView row = Assert.Single(report.Views);
        Assert.Equal("What is two and two?", Text(row.Prompt, TokenOrigin.Data));
        Assert.Equal("Said: ", Text(row.Prompt, TokenOrigin.Template)[..6]);
        Assert.Equal(
            "It is four.<|end|>",
            string.Concat(row.Answers[0].Tokens.Where(t => t.IsScored).Select(t => t.Text))[^18..]
        );
        Assert.Equal("<|end|>", Text(row.Answers[0].Tokens, TokenOrigin.Special));
    }

    private static string Text(IEnumerable<TokenView> tokens, TokenOrigin origin) =>
        string.Concat(tokens.Where(t => t.Origin == origin).Select(t => t.Text));
}
