using Simper.Testing;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Answers that are whole conversations beside a prompt: it is asked once, however it is repeated.</summary>
public class RepeatedPromptTests
{
    private const string Asked = """{"role": "user", "content": "Pick a colour."}""";
    private const string Blue = """{"role": "assistant", "content": "Blue."}""";
    private const string Loud = """{"role": "assistant", "content": "Loud."}""";
    private const string Short = """{"role": "system", "content": "Short."}""";
    private const string Hi = """{"role": "user", "content": "Hi."}""";
    private const string Hello = """{"role": "assistant", "content": "Hello."}""";
    private const string Plain = "user: Pick a colour. -> assistant: Blue. / assistant: Loud.";

    private static string Row(string prompt, string chosen, string rejected) =>
        $$"""{"prompt": {{prompt}}, "chosen": {{chosen}}, "rejected": {{rejected}}}""";

    private static string Told(string row, Compatibility mode = Compatibility.Strict) =>
        RowFile.Told(Assert.Single(RowFile.In(mode, row)));

    public static TheoryData<string> Files =>
        SharedFiles.Rows(() =>
            Directory
                .GetFiles(SharedFiles.Path("cases", "prompt-repeated-in-answers"))
                .Select(f => Path.GetFileName(f)!)
                .Order(StringComparer.Ordinal)
        );

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Files))]
    public void Every_way_of_repeating_a_prompt_gives_one_prompt(string file)
    {
        foreach (Compatibility mode in Enum.GetValues<Compatibility>())
        {
            string told = RowFile.Told(
                Assert.Single(PreferenceDataset.Open(RowFile.Case("prompt-repeated-in-answers", file), mode))
            );
            string before = file[0] switch
            {
                'e' or 'f' => "user: Hi. | assistant: Hello. | ",
                'g' => "system: Short. | ",
                _ => "",
            };
            Assert.Equal(before + Plain, told);
        }
    }

    [Theory]
    [InlineData($"[{Asked}]", $"[{Asked}, {Blue}]", $"[{Loud}]")] // one answer alone repeats it
    [InlineData($"[{Asked}]", $"[{Blue}]", $"[{Asked}, {Loud}]")]
    [InlineData("\"Pick a colour.\"", $"[{Asked}, {Blue}]", "\"Loud.\"")]
    [InlineData("\"Pick a colour.\"", $"[{Asked}, {Blue}]", Loud)]
    [InlineData(
        $"[{Asked}]",
        """[{"role": "user", "content": " Pick a colour.\n"}, {"role": "assistant", "content": "Blue."}]""",
        $"[{Loud}]",
        "user:  Pick a colour.\n -> assistant: Blue. / assistant: Loud."
    )]
    [InlineData($"[{Short}, {Asked}]", $"[{Short}, {Asked}, {Blue}]", $"[{Short}, {Asked}, {Loud}]", "system: Short. | " + Plain)]
    // the system message is not repeated
    [InlineData($"[{Short}, {Asked}]", $"[{Asked}, {Blue}]", $"[{Asked}, {Loud}]", "system: Short. | " + Plain)]
    [InlineData($"[{Asked}]", $"[{Short}, {Asked}, {Blue}]", $"[{Asked}, {Loud}]", "system: Short. | " + Plain)]
    // the prompt is the system message alone
    [InlineData($"[{Short}]", $"[{Asked}, {Blue}]", $"[{Asked}, {Loud}]", "system: Short. | " + Plain)]
    [InlineData("[]", $"[{Asked}, {Blue}]", $"[{Asked}, {Loud}]")]
    [InlineData("\"\"", $"[{Asked}, {Blue}]", $"[{Asked}, {Loud}]")]
    [InlineData(
        $"[{Hi}, {Hello}, {Asked}]",
        $"[{Hi}, {Hello}, {Asked}, {Blue}]",
        $"[{Loud}]",
        "user: Hi. | assistant: Hello. | " + Plain
    )]
    [InlineData($"[{Asked}]", $"[{Hi}, {Hello}, {Asked}, {Blue}]", $"[{Loud}]", "user: Hi. | assistant: Hello. | " + Plain)]
    [InlineData("\"Choose!\"", $"[{Asked}, {Blue}]", $"[{Asked}, {Loud}]")] // a text may be no more than a name
    [InlineData(
        "\"Pick a colour.\"",
        """[{"from": "human", "value": "Pick a colour."}, {"from": "gpt", "value": "Blue."}]""",
        """[{"from": "human", "value": "Pick a colour."}, {"from": "gpt", "value": "Loud."}]"""
    )]
    [InlineData(
        $"[{Hi}, {Hello}]",
        $"[{Asked}, {Blue}]",
        $"[{Asked}, {Loud}]",
        $"user: Hi. | assistant: Hello. -> user: Pick a colour. | assistant: Blue. / user: Pick a colour. | assistant: Loud."
    )]
    [InlineData(
        $"[{Hi}]",
        $"[{Hello}, {Asked}, {Blue}]",
        $"[{Hello}, {Asked}, {Loud}]",
        "user: Hi. -> assistant: Hello. | user: Pick a colour. | assistant: Blue. / assistant: Hello. | user: Pick a "
            + "colour. | assistant: Loud."
    )]
    public void Neighbours_are_read_as_they_are_meant(string prompt, string chosen, string rejected, string expected = Plain)
    {
        Assert.Equal(expected, Told(Row(prompt, chosen, rejected)));
        Assert.Equal(expected, Told(Row(prompt, chosen, rejected), Compatibility.Trl));
    }

    [Fact]
    public void Sharegpt_pairs_ranked_and_single_answers_repeat_it_too()
    {
        Assert.Equal(
            Plain,
            Told(
                $$"""{"conversations": [{"from": "human", "value": "Pick a colour."}], "chosen": [{{Asked}}, """
                    + $$"""{{Blue}}], "rejected": {"from": "gpt", "value": "Loud."} }"""
            )
        );
        Assert.Equal(
            Plain,
            Told($$"""{"prompt": "Pick a colour.", "responses": [[{{Asked}}, {{Blue}}], [{{Asked}}, {{Loud}}]]}""")
        );
        Assert.Equal(
            "user: Pick a colour. -> assistant: Blue.",
            Told($$"""{"prompt": [{{Asked}}], "completion": [{{Asked}}, {{Blue}}]}""")
        );
        Assert.Equal(
            Plain,
            Told(
                $$"""{"input": {"messages": [{{Asked}}]}, "preferred_output": [{{Asked}}, """
                    + $$"""{{Blue}}], "non_preferred_output": [{{Asked}}, {{Loud}}]}"""
            )
        );
    }

    [Theory]
    [InlineData($"[{Hi}]", $"[{Asked}, {Blue}]", $"[{Asked}, {Loud}]")]
    [InlineData(
        $"[{Short}, {Asked}]",
        """[{"role": "system", "content": "Long."}, {"role": "user", "content": "Pick a colour."}, """
            + """{"role": "assistant", "content": "Blue."}]""",
        $"[{Loud}]"
    )]
    public void Conversations_that_contradict_the_prompt_are_refused(string prompt, string chosen, string rejected) =>
        Assert.Contains(
            "line 1: the answers are whole conversations, and their system message or question is not the prompt's",
            RowFile.Error(Row(prompt, chosen, rejected)),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData($$"""{"chosen": [{{Asked}}, {{Blue}}], "rejected": [{{Hi}}, {{Loud}}]}""")]
    [InlineData($$"""{"chosen": [{{Blue}}], "rejected": [{{Loud}}]}""")]
    [InlineData($$"""{"chosen": [{{Short}}, {{Asked}}, {{Blue}}], "rejected": [{{Short}}, {{Hi}}, {{Loud}}]}""")]
    [InlineData($$"""{"chosen": [{{Asked}}, {{Blue}}], "rejected": [{{Hi}}, {{Loud}}], "system": "Short."}""")]
    [InlineData($$"""{"prompt": "Hi.", "chosen": [{{Asked}}, {{Blue}}], "rejected": [{{Hi}}, {{Loud}}]}""")]
    public void Pairs_with_no_prompt_in_common_are_left_out_in_every_mode(string row)
    {
        foreach (Compatibility mode in (Compatibility[])[Compatibility.Strict, Compatibility.Trl, Compatibility.TrlCpo])
            Assert.Equal("its answers have no prompt in common", Assert.Single(RowFile.In(mode, row).Dropped).Reason);
    }

    [Fact]
    public void An_opening_line_under_a_system_message_has_a_prompt() =>
        Assert.Equal(
            "system: Short. -> assistant: Blue. / assistant: Loud.",
            Told($$"""{"chosen": [{{Short}}, {{Blue}}], "rejected": [{{Short}}, {{Loud}}]}""")
        );

    [Fact]
    public void A_single_answer_to_nothing_is_left_out() =>
        Assert.Equal("it has no prompt", Assert.Single(RowFile.Open($$"""{"messages": [{{Blue}}]}""").Dropped).Reason);

    [Fact]
    public void A_system_column_and_a_system_message_that_agree_are_one()
    {
        Assert.Equal(
            "system: Short. | " + Plain,
            Told($$"""{"system": "Short.\n", "prompt": [{{Short}}, {{Asked}}], "chosen": "Blue.", "rejected": "Loud."}""")
        );
        Assert.Equal(
            "system: Short. | " + Plain,
            Told(
                $$"""{"system": "Short.", "prompt": [{"role": "system", "content": ""}, """
                    + $$"""{{Asked}}], "chosen": "Blue.", "rejected": "Loud."}"""
            )
        );
        Assert.Equal(
            "system: Short. | " + Plain,
            Told(
                $$"""{"system": "Short.", "chosen": [{{Short}}, {{Asked}}, {{Blue}}], "rejected": [{{Short}}, {{Asked}}, """
                    + $$"""{{Loud}}]}"""
            )
        );
        Assert.Contains(
            "line 1: the column system and the conversation's own system message say different things",
            RowFile.Error($$"""{"system": "Long.", "prompt": [{{Short}}, {{Asked}}], "chosen": "Blue.", "rejected": "Loud."}"""),
            StringComparison.Ordinal
        );
    }
}
