using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences;

/// <summary>What chat templates make of rows that people report: numbers, arguments, thoughts, tools.</summary>
public class TemplateCaseTests
{
    private const string ThinkNone = "empty-think-block";
    private const string Dropped = "tool-call-dropped-by-template";
    private const string Reasoning = "template-drops-reasoning";

    private static TokenizedDataset Tokenized(string folder, string template, TokenizationOptions? options = null) =>
        TokenizedDataset.Of(
            PreferenceDataset.Open(TemplateCases.Case(folder, "rows.jsonl"), options?.Compatibility ?? Compatibility.Strict),
            TemplateCases.Make(TemplateCases.Source(template), options)
        );

    [Theory]
    [InlineData(Compatibility.Strict)]
    [InlineData(Compatibility.Trl)]
    [InlineData(Compatibility.TrlCpo)]
    public void Numbers_of_tool_calls_stand_as_python_writes_them(Compatibility mode)
    {
        (string prompt, string answer, _) = TemplateCases.Texts(
            Tokenized("integers-in-tool-calls", "vl", new TokenizationOptions { Compatibility = mode })[0],
            0
        );
        Assert.Contains(
            """{"a": 2, "b": 3.0, "c": 1000.0, "d": -7, "e": 10000000000, "f": 1.1, "g": 1e-07, "h": 12345678901234567890123}""",
            answer,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "\"default\": 1, \"minimum\": 0, \"maximum\": 12345678901234567890}, \"b\": {\"type\": \"number\", \"default\": 0.5}",
            prompt,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Numbers_of_all_shapes_stand_as_python_writes_them()
    {
        PreferenceDataset rows = PreferenceDataset.Open(TemplateCases.Case("integers-in-tool-calls", "numbers.jsonl"));
        string answer = TemplateCases.Texts(TemplateCases.Make(TemplateCases.Source("vl")).Tokenize(rows[0]).Group!, 0).Answer;
        Assert.Contains(
            "[0, 1, -1, 2.0, 0.1, 0.0001, 1e-05, 1.5e-05, 1e-07, 2.5e-10, 1.25e-07, 1000000000000000.0, 1e+16, 1e+17, "
                + "123456789.125, 1e+22, 1e+23, 5e-324, -0.0, 100, 3.14159]",
            answer,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(Compatibility.Strict)]
    [InlineData(Compatibility.Trl)]
    [InlineData(Compatibility.TrlCpo)]
    public void Arguments_of_a_row_reach_the_template(Compatibility mode)
    {
        TokenizedGroup group = Tokenized(
            "template-arguments-per-row",
            "think-switch",
            new TokenizationOptions { Compatibility = mode }
        )[0];
        (_, _, string scored) = TemplateCases.Texts(group, 0);
        // The others' modes give the prompt's last line break, which a token joins with the next one, to the answer.
        string prompt = TemplateCases.Text(group.PromptOf(0));
        Assert.EndsWith("<think>\n\n</think>" + (mode == Compatibility.Strict ? "\n\n" : ""), prompt, StringComparison.Ordinal);
        Assert.StartsWith("Two.<|im_end|>", mode == Compatibility.Strict ? scored : scored.TrimStart(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Compatibility.Strict)]
    [InlineData(Compatibility.Trl)]
    public void Arguments_of_a_row_count_before_those_of_the_recipe(Compatibility mode)
    {
        const string Template =
            "{% for m in messages %}{{ '<|im_start|>' ~ m.content ~ '<|im_end|>' }}{% endfor %}{% if "
            + "add_generation_prompt %}{{ '<|im_start|>' }}{% endif %}";
        const string Shown = "{{ '<|im_start|>' ~ a ~ b ~ (c|default('-')) ~ '<|im_end|>' }}" + Template;
        const string Row =
            """{"prompt": [{"role": "user", "content": "p"}], "chosen": """
            + """[{"role": "assistant", "content": "x"}], "rejected": """
            + """[{"role": "assistant", "content": "y"}], "chat_template_kwargs": ARGS}""";
        var options = new TokenizationOptions
        {
            Compatibility = mode,
            TemplateVariables = new JsonObject { ["a"] = 1, ["b"] = 2 },
        };
        string Prompt(string arguments) =>
            TemplateCases.Text(
                TemplateCases
                    .Make(Shown, options)
                    .Tokenize(TemplateCases.Rows([Row.Replace("ARGS", arguments, StringComparison.Ordinal)], mode)[0])
                    .Group!.PromptOf(0)
            );
        Assert.StartsWith("<|im_start|>12-<|im_end|>", Prompt("null"), StringComparison.Ordinal);
        Assert.StartsWith("<|im_start|>13-<|im_end|>", Prompt("""{"b": 3, "c": null}"""), StringComparison.Ordinal);
        Assert.StartsWith(
            "<|im_start|>13False<|im_end|>",
            Prompt("\"{\\\"b\\\": 3, \\\"c\\\": false}\""),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "chat_template_kwargs",
            Assert.Throws<SimperException>(() => Prompt("[1]")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "every template is given already",
            Assert.Throws<SimperException>(() => Prompt("""{"tools": []}""")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_empty_block_of_thoughts_that_the_template_writes_is_read_and_not_scored()
    {
        TokenizedDataset rows = Tokenized(ThinkNone, "think-none");
        (string prompt, string answer, string scored) = TemplateCases.Texts(rows[0], 0);
        Assert.EndsWith("<|im_start|>assistant\n", prompt, StringComparison.Ordinal);
        Assert.Equal("<think>\n\n</think>\n\nTwo.<|im_end|>", answer);
        Assert.Equal("Two.<|im_end|>", scored);
        Assert.Contains(
            rows.Report(),
            l =>
                l.Contains("empty block of thoughts", StringComparison.Ordinal)
                && l.Contains("not scored", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void In_mode_trl_it_is_scored_as_TRL_scores_it_and_said()
    {
        TokenizedDataset rows = Tokenized(ThinkNone, "think-none", new TokenizationOptions { Compatibility = Compatibility.Trl });
        Assert.StartsWith(
            "<think>\n\n</think>\n\nTwo.<|im_end|>",
            TemplateCases.Texts(rows[0], 0).Scored,
            StringComparison.Ordinal
        );
        Assert.Contains(rows.Report(), l => l.Contains("it is scored", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("<think></think>", "Yes.", "Yes.<|im_end|>")]
    [InlineData("<seed:think>\\n</seed:think>\\n", "Yes.", "Yes.<|im_end|>")]
    [InlineData("[THINK][/THINK]", "Yes.", "Yes.<|im_end|>")]
    [InlineData("<|START_THINKING|><|END_THINKING|>", "Yes.", "Yes.<|im_end|>")]
    [InlineData("<|begin_of_thought|>\\n<|end_of_thought|>", "Yes.", "Yes.<|im_end|>")]
    [InlineData("</think>", "Yes.", "Yes.<|im_end|>")]
    [InlineData("<think>so</think>", "Yes.", "<think>so</think>Yes.<|im_end|>")]
    [InlineData("", "<think>\n\n</think>\n\nYes.", "<think>\n\n</think>\n\nYes.<|im_end|>")]
    [InlineData("", "<b></b>Yes.", "<b></b>Yes.<|im_end|>")]
    public void Blocks_are_known_by_their_tags_and_those_of_the_data_are_scored(string written, string content, string expected)
    {
        string template =
            "{% for m in messages %}{{ '<|im_start|>' ~ m.role }}{% if m.role == 'assistant' %}{{ '"
            + written
            + "' }}{% endif %}{{ m.content ~ '<|im_end|>' }}{% endfor %}{% if add_generation_prompt %}{{ "
            + "'<|im_start|>assistant' }}{% endif %}";
        string answer = new JsonObject { ["role"] = "assistant", ["content"] = content }.ToJsonString();
        string row =
            """{"prompt": [{"role": "user", "content": "p"}], "chosen": ["""
            + answer
            + """], "rejected": [{"role": "assistant", "content": "No."}]}""";
        Assert.Equal(
            expected,
            TemplateCases.Texts(TemplateCases.Make(template).Tokenize(TemplateCases.Rows([row])[0]).Group!, 0).Scored
        );
    }

    [Fact]
    public void An_answer_of_which_the_template_writes_nothing_is_left_out_and_tools_that_it_never_writes_are_said()
    {
        TokenizedDataset rows = Tokenized(Dropped, "chatml");
        Assert.Equal([2, 3], rows.Select(g => g.Row));
        Assert.Equal("the chat template writes nothing of an answer", Assert.Single(rows.Dropped).Reason);
        Assert.Single(rows.Report(), l => l.Contains("nothing of the tools of 3 rows (1, 2, 3)", StringComparison.Ordinal));
        Assert.Single(rows.Report(), l => l.Contains("tool calls in the prompt of 2 rows", StringComparison.Ordinal));
        Assert.Equal(3, Tokenized(Dropped, "vl").Count);
        Assert.DoesNotContain(Tokenized(Dropped, "vl").Report(), l => l.Contains("template", StringComparison.Ordinal));
    }

    [Fact]
    public void In_mode_trl_such_an_answer_is_kept_as_TRL_keeps_it_and_said()
    {
        TokenizedDataset rows = Tokenized(Dropped, "chatml", new TokenizationOptions { Compatibility = Compatibility.Trl });
        Assert.Equal(3, rows.Count);
        Assert.Contains(rows.Report(), l => l.Contains("nothing of an answer in 1 row (1)", StringComparison.Ordinal));
    }

    [Fact]
    public void Reasoning_that_a_template_drops_is_said()
    {
        const string Template =
            "{% for m in messages %}{{ '<|im_start|>' ~ m.role ~ '\\n' ~ m.content.split('</think>')[-1].strip() ~ "
            + "'<|im_end|>' }}{% endfor %}"
            + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";
        TokenizedDataset rows = TokenizedDataset.Of(
            PreferenceDataset.Open(TemplateCases.Case(Reasoning, "rows.jsonl")),
            TemplateCases.Make(Template)
        );
        Assert.Equal([2, 3], rows.Select(g => g.Row)); // without their reasoning the answers of the first are one
        Assert.Equal("the chat template writes the same of its answers", Assert.Single(rows.Dropped).Reason);
        Assert.Contains(
            rows.Report(),
            l =>
                l.Contains("leaves out part of an answer", StringComparison.Ordinal)
                && l.Contains("1 row (2)", StringComparison.Ordinal)
        );
    }

    [Fact]
    public void A_template_that_drops_what_its_generation_prompt_begins_names_the_ways_on()
    {
        string message = Assert.Throws<SimperException>(() => Tokenized(Reasoning, "r1")).Message;
        Assert.Contains("line 1", message, StringComparison.Ordinal);
        Assert.Contains("\"<think>\\n\"", message, StringComparison.Ordinal);
        Assert.Contains("chat_template_path", message, StringComparison.Ordinal);
        Assert.Contains("add_generation_prompt", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_generation_prompt_the_prompt_ends_where_both_part()
    {
        TokenizedDataset rows = Tokenized(Reasoning, "r1", new TokenizationOptions { AddGenerationPrompt = false });
        Assert.Equal([2, 3], rows.Select(g => g.Row));
        (string prompt, _, string scored) = TemplateCases.Texts(rows[1], 0);
        Assert.EndsWith("USER:Is 9 prime?BOT:", prompt, StringComparison.Ordinal);
        Assert.Equal("No.<|im_end|>", scored);
        Assert.EndsWith("BOT:", TemplateCases.Texts(rows[0], 1).Prompt, StringComparison.Ordinal);
        Assert.Contains(
            "compatibility strict",
            Assert
                .Throws<SimperException>(() =>
                    new TokenizationOptions { AddGenerationPrompt = false, Compatibility = Compatibility.Trl }.Validate()
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Without_the_generation_prompt_an_answer_that_begins_with_a_tag_keeps_all_of_it()
    {
        const string Template =
            "{% for m in messages %}{{ '<|im_start|>' ~ m.role ~ '\\n' ~ m.content ~ '<|im_end|>' }}{% endfor %}{% if "
            + "add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>' }}{% endif %}";
        const string Row =
            """{"prompt": [{"role": "user", "content": "p"}], "chosen": """
            + """[{"role": "assistant", "content": "<thanks>"}], "rejected": [{"role": "assistant", "content": "<this>"}]}""";
        TokenizedGroup group = TemplateCases
            .Make(Template, new TokenizationOptions { AddGenerationPrompt = false })
            .Tokenize(TemplateCases.Rows([Row])[0])
            .Group!;
        Assert.Equal("<thanks><|im_end|>", TemplateCases.Texts(group, 0).Scored);
        Assert.Equal("<this><|im_end|>", TemplateCases.Texts(group, 1).Scored);
    }

    [Theory]
    [InlineData(Compatibility.Strict)]
    [InlineData(Compatibility.Trl)]
    public void Keys_of_null_are_left_out_of_tools_and_calls_and_said(Compatibility mode)
    {
        TokenizedDataset rows = Tokenized("null-padded-tools", "vl", new TokenizationOptions { Compatibility = mode });
        (string prompt, string answer, _) = TemplateCases.Texts(rows[0], 0);
        Assert.Contains("""<call>clock {"town": "Rome"}</call>""", answer, StringComparison.Ordinal);
        Assert.Contains(
            """{"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]}""",
            prompt,
            StringComparison.Ordinal
        );
        Assert.Contains(rows.Report(), l => l.Contains("keys of null", StringComparison.Ordinal));
    }

    [Fact]
    public void Nulls_of_lists_and_of_tools_in_a_text_stay()
    {
        const string Row =
            """{"prompt": [{"role": "user", "content": "p"}], "chosen": """
            + """[{"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"a": [null, """
            + """1], "b": [{"c": null, "d": 0}]}}}]}], "rejected": """
            + """[{"role": "assistant", "content": "n"}], "tools": "[{\"name\": \"f\", \"default\": null}]"}""";
        (string prompt, string answer, _) = TemplateCases.Texts(
            TemplateCases.Make(TemplateCases.Source("vl")).Tokenize(TemplateCases.Rows([Row])[0]).Group!,
            0
        );
        Assert.Contains("""f {"a": [null, 1], "b": [{"d": 0}]}""", answer, StringComparison.Ordinal);
        Assert.Contains("\"default\": null", prompt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "plain")]
    [InlineData(true, "tooled")]
    public void Tools_choose_the_template_for_them(bool hasTools, string expected)
    {
        ChatTemplates templates = ChatTemplates.Of(
            new Dictionary<string, string>
            {
                ["default"] = Named("plain"),
                ["tool_use"] = Named("tooled"),
                ["rag"] = Named("rag"),
            },
            "m"
        )!;
        JsonArray? tools = hasTools ? [new JsonObject { ["name"] = "f" }] : null;
        GroupTokenizer tokenizer = TemplateCases.Make(templates);
        Assert.Equal(expected, TemplateCases.Text(tokenizer.Prompt([new ChatMessage("user", "p")], tools)));
        Assert.Equal(
            "rag",
            TemplateCases.Text(
                tokenizer.Prompt([new ChatMessage("user", "p")], tools, new JsonObject { ["chat_template"] = "rag" })
            )
        );
        static string Named(string name) => name;
    }

    [Fact]
    public void Templates_without_a_default_are_refused_where_one_is_needed()
    {
        GroupTokenizer tokenizer = TemplateCases.Make(
            ChatTemplates.Of(new Dictionary<string, string> { ["tool_use"] = "t" }, "m")!
        );
        Assert.Equal("t", TemplateCases.Text(tokenizer.Prompt([], [new JsonObject { ["name"] = "f" }])));
        Assert.Contains(
            "tool_use, and none named default",
            Assert.Throws<SimperException>(() => tokenizer.Prompt([])).Message,
            StringComparison.Ordinal
        );
    }
}
