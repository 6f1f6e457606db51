using CsCheck;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Preferences;

/// <summary>The modes where no recorded run reaches: cuts, refusals and renderings by hand, and views.</summary>
public class CompatibilityTests
{
    private static PreferenceGroup Pair(string prompt, string chosen, string rejected, bool isText = true) =>
        new()
        {
            Prompt = [new ChatMessage("user", prompt)],
            Answers =
            [
                [new("assistant", chosen)],
                [new("assistant", rejected)],
            ],
            IsText = isText,
            Row = 1,
            Place = "here",
        };

    private static string Decode(ReadOnlySpan<int> ids) =>
        Tokenizer.Load(SharedFiles.Path("data", "stories260K-hf", "tokenizer.json")).Decode(ids);

    private static string Error(TokenizationOptions options) =>
        Assert.Throws<SimperException>(() => TrlTokens.Make(options)).Message;

    [Fact]
    public void Mistral_s_turns_are_what_the_authors_render()
    {
        ChatTemplate template = SimPerReferenceTemplate.For("/models/Mistral-7B-Instruct")!;
        string Render(params ChatMessage[] messages) => template.Render(messages, new TemplateContext { EosToken = "</s>" });
        Assert.Equal("[INST] Hi? [/INST]", Render(new("system", ""), new("user", " Hi? ")));
        Assert.Equal("[INST] Be kind.\n\nHi? [/INST]", Render(new("system", " Be kind. "), new("user", "Hi?")));
        Assert.Equal(" Hello. </s>", Render(new ChatMessage("assistant", "Hello.")));
        Assert.Equal(
            "[INST] a [/INST] b </s>[INST] c [/INST]",
            Render(new("user", "a"), new("assistant", "b"), new("user", "c"))
        );
        Assert.Contains("system", template.Source, StringComparison.Ordinal);
        Assert.Null(SimPerReferenceTemplate.For("/models/llama"));
    }

    [Fact]
    public void An_empty_system_message_goes_in_front_where_the_template_speaks_of_one()
    {
        const string template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{# system #}";
        var options = new TokenizationOptions { Compatibility = Compatibility.SimPerReference };
        TokenizedGroup with = TrlTokens.Make(options, template).Tokenize(Pair("Hi", "Yes", "No", isText: false)).Group!;
        TokenizedGroup without = TrlTokens
            .Make(options, template.Replace("system", "", StringComparison.Ordinal))
            .Tokenize(Pair("Hi", "Yes", "No", isText: false))
            .Group!;
        Assert.Equal("<s> <system><user>Hi", Decode(with.Prompt));
        Assert.Equal("<assistant>Yes</s>", Decode(with.Answers[0].Ids));
        Assert.Equal("<s> <user>Hi", Decode(without.Prompt));
    }

    [Fact]
    public void A_start_token_that_the_answer_s_own_rendering_has_is_taken_off()
    {
        const string template = "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}";
        TokenizedGroup group = TrlTokens
            .Make(new TokenizationOptions { Compatibility = Compatibility.SimPerReference }, template)
            .Tokenize(Pair("Hi", "Yes", "No", isText: false))
            .Group!;
        Assert.DoesNotContain(1, group.Answers[0].Ids);
        Assert.Equal("assistant: Yes\n</s>", Decode(group.Answers[0].Ids));
    }

    [Fact]
    public void The_authors_cut_shortens_an_answer_to_what_the_prompt_might_have_taken()
    {
        // As 2048 and 1800 with a prompt of 100 tokens, a fiftieth of it: the prompt is short, yet the answers keep 41 - 36 = 5
        // tokens.
        var options = new TokenizationOptions
        {
            Compatibility = Compatibility.SimPerReference,
            MaxLength = 41,
            MaxPromptLength = 36,
        };
        TokenizedGroup group = TrlTokens
            .Make(options)
            .Tokenize(Pair("Tom", string.Concat(Enumerable.Repeat(" ran and", 40)), " sat"))
            .Group!;
        Assert.Equal(5, group.Answers[0].Ids.Length);
        Assert.True(group.Answers[0].WasCut);
        Assert.False(group.Answers[1].WasCut);
        // A long prompt loses its beginning and the start token with it.
        group = TrlTokens
            .Make(options)
            .Tokenize(Pair(string.Concat(Enumerable.Repeat("Tom ran and ", 20)), " sat", " ran"))
            .Group!;
        Assert.Equal(36, group.Prompt.Length);
        Assert.DoesNotContain(1, group.Prompt);
    }

    [Fact]
    public void Keep_end_puts_an_answer_s_token_first_which_trl_counts_and_nobody_scores()
    {
        PreferenceGroup pair = Pair("Tom ran.", string.Concat(Enumerable.Repeat(" He sat.", 20)), " No.");
        var options = new TokenizationOptions { MaxLength = 12, Truncation = TruncationMode.KeepEnd };
        TokenizedGroup trl = TrlTokens.Make(options with { Compatibility = Compatibility.Trl }).Tokenize(pair).Group!;
        TokenizedGroup strict = TrlTokens.Make(options).Tokenize(pair).Group!;
        foreach (TokenizedGroup group in (TokenizedGroup[])[trl, strict])
        {
            Assert.Equal(12, TrlTokens.Ids(group, 0).Length);
            Assert.Equal(2, group.Answers[0].Ids[^1]);
            Assert.Equal(11, group.Answers[0].IsScored.Count(s => s));
            Assert.Equal((true, false), (group.Answers[0].WasCut, group.Answers[1].WasCut));
            Assert.Equal(0, group.Answers[1].UnpredictedTokens);
        }
        Assert.Equal(1, trl.Answers[0].UnpredictedTokens);
        Assert.Equal(0, strict.Answers[0].UnpredictedTokens);
    }

    [Fact]
    public void Any_cut_on_the_left_keeps_each_sequence_s_last_tokens()
    {
        SharedFiles.Expect();
        Gen.Select(Gen.Int[2, 40], Gen.Int[0, 12], Gen.Int[1, 12])
            .Sample(
                (length, prompt, answer) =>
                {
                    PreferenceGroup pair = Pair(
                        string.Concat(Enumerable.Repeat("Tom ran. ", prompt)),
                        string.Concat(Enumerable.Repeat(" He sat.", answer)),
                        " No"
                    );
                    foreach (Compatibility mode in (Compatibility[])[Compatibility.Strict, Compatibility.Trl])
                    {
                        TokenizedGroup Cut(int longest) =>
                            TrlTokens
                                .Make(
                                    new TokenizationOptions
                                    {
                                        Compatibility = mode,
                                        MaxLength = longest,
                                        Truncation = TruncationMode.KeepEnd,
                                    }
                                )
                                .Tokenize(pair)
                                .Group!;
                        (TokenizedGroup whole, TokenizedGroup cut) = (Cut(4096), Cut(length));
                        for (int i = 0; i < 2; i++)
                        {
                            Assert.Equal(TrlTokens.Ids(whole, i).TakeLast(length), TrlTokens.Ids(cut, i));
                            Assert.Equal(TrlTokens.Counted(whole, i).TakeLast(length).Skip(1), TrlTokens.Counted(cut, i).Skip(1));
                            Assert.Contains(true, cut.Answers[i].IsScored);
                        }
                    }
                },
                iter: 60
            );
    }

    [Fact]
    public void Options_that_do_not_go_together_are_refused()
    {
        Assert.Contains(
            "max_prompt_length belongs to",
            Error(new TokenizationOptions { MaxPromptLength = 8 }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "keep_end",
            Error(new TokenizationOptions { Compatibility = Compatibility.TrlCpo, Truncation = TruncationMode.KeepEnd }),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "max_prompt_length is 128",
            Error(new TokenizationOptions { Compatibility = Compatibility.SimPerReference, MaxLength = 128 }),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(Compatibility.TrlCpo)]
    [InlineData(Compatibility.SimPerReference)]
    public void A_prompt_whose_tokens_the_answer_melts_is_refused_with_the_row(Compatibility mode)
    {
        // "▁Onc" is three tokens alone, and "▁Once" is one.
        GroupTokenizer tokenizer = TrlTokens.Make(new TokenizationOptions { Compatibility = mode });
        Assert.StartsWith(
            "here: the prompt has more tokens alone",
            Assert.Throws<SimperException>(() => tokenizer.Tokenize(Pair("Onc", "e", "e upon"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Continued_assistant_messages_are_prompts_to_their_last_word()
    {
        const string template =
            "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt "
            + "%}assistant:{% endif %}";
        PreferenceGroup group = Pair("Hi", "x", "y", isText: false) with
        {
            Prompt = [new("user", "Hi"), new("assistant", "Well")],
        };
        TokenizedGroup tokens = TrlTokens
            .Make(new TokenizationOptions { Compatibility = Compatibility.TrlCpo }, template)
            .Tokenize(group)
            .Group!;
        Assert.EndsWith("assistant: Well", Decode(tokens.Prompt), StringComparison.Ordinal);
    }

    [Fact]
    public void Modes_and_their_lengths_are_cached_apart()
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        string file = SharedFiles.Path("golden", "trl", "pairs.jsonl");
        try
        {
            TokenizationOptions[] all =
            [
                new(),
                new() { Compatibility = Compatibility.Trl },
                new() { Compatibility = Compatibility.TrlCpo },
                new() { Compatibility = Compatibility.SimPerReference },
                new() { Compatibility = Compatibility.SimPerReference, MaxPromptLength = 9 },
                new() { Truncation = TruncationMode.KeepEnd },
            ];
            for (int pass = 0; pass < 2; pass++)
            {
                foreach (TokenizationOptions options in all)
                    TokenizedDataset.Of(
                        PreferenceDataset.Open(file, options.Compatibility),
                        TrlTokens.Make(options),
                        folder,
                        "stories"
                    );
            }
            Assert.Equal(all.Length, Directory.GetFiles(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_extent_of_a_view_is_that_of_its_groups()
    {
        TokenizedDataset pairs = TokenizedDataset.Of(
            PreferenceDataset.Open(SharedFiles.Path("golden", "trl", "pairs.jsonl")),
            TrlTokens.Make(new TokenizationOptions())
        );
        var unpaired = new UnpairedGroups(pairs);
        var mismatched = new MismatchedGroups(unpaired, batch: 5, maxLength: 30);
        Assert.Equal(TokenExtent.Of([.. unpaired]), TokenExtent.Of(unpaired));
        Assert.Equal(TokenExtent.Of([.. mismatched]), TokenExtent.Of(mismatched));
        Assert.NotNull(TokenExtent.Of(unpaired).SingleRow);
        Assert.Null(TokenExtent.Of(mismatched).SingleRow);
    }

    [Fact]
    public void A_last_batch_turns_within_itself_and_long_completions_are_cut()
    {
        TokenizedGroup Single(int row, params int[] answer) =>
            new()
            {
                Prompt = [1, row],
                Answers = [new() { Ids = answer, IsScored = [.. answer.Select(_ => true)] }],
                Weights = [1],
                Row = row,
            };
        var view = new MismatchedGroups(
            [Single(10, 3), Single(11, 4, 5, 6), Single(12, 7), Single(13, 8), Single(14, 9)],
            batch: 3,
            maxLength: 4
        );
        Assert.Equal(
            [
                [7],
                [3],
                [4, 5],
                [9],
                [8],
            ],
            view.Select(g => g.Answers[1].Ids)
        );
        Assert.True(view[2].Answers[1].WasCut);
        Assert.Contains(
            "has 2 answers",
            Assert.Throws<SimperException>(() => new MismatchedGroups(view, batch: 2, maxLength: 9)[0]).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "only pairs",
            Assert.Throws<SimperException>(() => new UnpairedGroups([Single(1, 2)])[0]).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Whole_conversations_without_a_prompt_have_their_last_messages_as_answers_in_the_authors_code_alone()
    {
        PreferenceGroup Read(Compatibility mode)
        {
            string file = Path.Combine(Path.GetTempPath(), $"simper-whole-{Guid.NewGuid():N}.jsonl");
            try
            {
                File.WriteAllText(
                    file,
                    """{"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, """
                        + """{"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}], """
                        + """ "rejected": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}, """
                        + """{"role": "user", "content": "c"}, {"role": "assistant", "content": "y"}]}"""
                );
                return Assert.Single(PreferenceDataset.Open(file, mode));
            }
            finally
            {
                File.Delete(file);
            }
        }

        string Roles(PreferenceGroup group) =>
            $"{string.Concat(group.Prompt.Select(m => m.Content))} "
            + $"{string.Join('|', group.Answers.Select(a => string.Concat(a.Select(m => m.Content))))}";
        Assert.Equal("abc d|y", Roles(Read(Compatibility.SimPerReference)));
        Assert.Equal("a bcd|xcy", Roles(Read(Compatibility.Trl)));
        Assert.Equal("a bcd|xcy", Roles(Read(Compatibility.Strict)));
    }

    [Theory]
    // the pictures share half of their two units
    [InlineData("Tom saw \U0001F600.", "Tom saw \U0001F601.", "Tom saw", " \U0001F600.")]
    [InlineData("x\U0001F600", "x\U0001F600", "x", "\U0001F600")]
    public void Characters_of_two_units_are_not_parted(string chosen, string rejected, string prompt, string first)
    {
        string file = Path.Combine(Path.GetTempPath(), $"simper-split-{Guid.NewGuid():N}.jsonl");
        try
        {
            File.WriteAllText(
                file,
                new System.Text.Json.Nodes.JsonObject { ["chosen"] = chosen, ["rejected"] = rejected }.ToJsonString()
            );
            PreferenceGroup group = Assert.Single(PreferenceDataset.Open(file, Compatibility.Trl));
            Assert.Equal((prompt, first), (group.Prompt[0].Content, group.Answers[0][0].Content));
        }
        finally
        {
            File.Delete(file);
        }
    }
}
