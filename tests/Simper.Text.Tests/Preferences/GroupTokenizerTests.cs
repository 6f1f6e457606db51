using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Preferences;

/// <summary>SmolLM2's tokenizer and template on real pairs: the ids of 16 reference pairs, and what must hold for all.</summary>
public class GroupTokenizerTests
{
    private static readonly Lazy<(Tokenizer Tokenizer, ChatTemplate Template)> Model = new(() =>
        (
            Tokenizer.Load(SharedFiles.Path("models", "smollm2-135m-instruct", "tokenizer.json")),
            ChatTemplate.Parse(
                (string)
                    JsonNode.Parse(
                        File.ReadAllText(SharedFiles.Path("models", "smollm2-135m-instruct", "tokenizer_config.json"))
                    )!["chat_template"]!,
                "smollm2"
            )
        )
    );

    private static GroupTokenizer Make(TokenizationOptions? options = null) =>
        new(Model.Value.Tokenizer, Model.Value.Template, [2], "<|im_start|>", "<|im_end|>", options);

    private static PreferenceDataset HhRlhf =>
        PreferenceDataset.Open(SharedFiles.Path("data", "hh-rlhf", "harmless-base-test.jsonl.gz"));

    private static PreferenceGroup Pair(string prompt, string chosen, string rejected) =>
        new()
        {
            Prompt = [new ChatMessage("user", prompt)],
            Answers =
            [
                [new ChatMessage("assistant", chosen)],
                [new ChatMessage("assistant", rejected)],
            ],
            Row = 1,
            Place = "here",
        };

    [Fact]
    public void The_first_token_of_all_is_not_scored_since_nothing_predicts_it()
    {
        TokenizedGroup group = Make(new TokenizationOptions { Format = DatasetFormat.Text })
            .Tokenize(Pair("", "Hello.", "Yes.") with { IsText = true })
            .Group!;
        Assert.Empty(group.Prompt);
        Assert.All(group.Answers, a => Assert.Equal([0], a.IsScored.Index().Where(s => !s.Item).Select(s => s.Index)));
    }

    [Fact]
    public void Sixteen_pairs_have_the_reference_s_ids()
    {
        PreferenceDataset dataset = HhRlhf;
        GroupTokenizer tokenizer = Make();
        foreach (
            JsonNode? pair in JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "smollm2", "reference.json")))![
                "pairs"
            ]!.AsArray()
        )
        {
            TokenizedGroup group = tokenizer.Tokenize(dataset.Single(g => g.Row == (int)pair!["row"]! + 1)).Group!;
            Assert.Equal(pair!["prompt_ids"]!.AsArray().Select(n => (int)n!), group.Prompt);
            Assert.Equal(pair["chosen_ids"]!.AsArray().Select(n => (int)n!), group.Answers[0].Ids);
            Assert.Equal(pair["rejected_ids"]!.AsArray().Select(n => (int)n!), group.Answers[1].Ids);
            Assert.All(group.Answers, a => Assert.DoesNotContain(false, a.IsScored));
        }
    }

    [Fact]
    public void Every_row_of_hh_rlhf_ends_in_one_scored_end_token_and_none_is_lost_unsaid()
    {
        PreferenceDataset dataset = HhRlhf;
        TokenizedDataset tokenized = TokenizedDataset.Of(dataset, Make(new TokenizationOptions { MaxLength = 4096 }));
        Assert.Equal(dataset.Rows, tokenized.Count + tokenized.Dropped.Count);
        Assert.All(
            tokenized.SelectMany(g => g.Answers),
            a =>
            {
                Assert.Equal(2, a.Ids[^1]);
                Assert.True(a.IsScored[^1]);
            }
        );
    }

    [Fact]
    public void Tokenizing_in_parallel_gives_what_one_by_one_gives()
    {
        PreferenceDataset dataset = HhRlhf;
        GroupTokenizer tokenizer = Make(new TokenizationOptions { MaxLength = 300 });
        TokenizedGroup[] serial = [.. dataset.Select(g => tokenizer.Tokenize(g).Group).OfType<TokenizedGroup>()];
        TokenizedDataset parallel = TokenizedDataset.Of(dataset, tokenizer);
        Assert.Equal(serial.Length, parallel.Count);
        for (int i = 0; i < serial.Length; i++)
        {
            Assert.Equal(serial[i].Prompt, parallel[i].Prompt);
            Assert.Equal(serial[i].Answers[0].Ids, parallel[i].Answers[0].Ids);
        }
    }

    [Fact]
    public void The_extent_that_a_data_set_keeps_is_what_its_groups_have()
    {
        string folder = Directory.CreateTempSubdirectory("simper-extent").FullName;
        try
        {
            TokenizedDataset made = TokenizedDataset.Of(HhRlhf, Make(), folder, "tokenizer");
            TokenizedDataset read = TokenizedDataset.Of(HhRlhf, Make(), folder, "tokenizer");
            TokenizedGroup[] groups = [.. made];
            Assert.Equal(TokenExtent.Of(groups), TokenExtent.Of(made));
            Assert.Equal(TokenExtent.Of(groups), TokenExtent.Of(read));
            Assert.Equal(groups.Max(g => g.Prompt.Length + g.Answers.Sum(a => a.Ids.Length)), made.Extent.LongestGroup);
            Assert.Equal(groups.Max(g => g.Answers.Max(a => g.Prompt.Length + a.Ids.Length)), made.Extent.LongestAnswer);
            Assert.Equal(groups.Max(g => g.Answers.Sum(a => a.IsScored.Count(s => s))), made.Extent.MostScored);
            Assert.Null(made.Extent.SingleRow);
            Assert.Equal(7, TokenExtent.Of([groups[0], groups[1] with { Answers = [groups[1].Answers[0]], Row = 7 }]).SingleRow);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_cache_gives_what_was_made_and_a_damaged_one_is_made_again()
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            PreferenceDataset dataset = HhRlhf;
            GroupTokenizer tokenizer = Make(new TokenizationOptions { MaxLength = 256 });
            TokenizedDataset fresh = TokenizedDataset.Of(dataset, tokenizer);
            Same(fresh, TokenizedDataset.Of(dataset, tokenizer, folder, "smollm2"));
            string file = Assert.Single(Directory.GetFiles(folder));
            Same(fresh, TokenizedDataset.Of(dataset, tokenizer, folder, "smollm2"));
            byte[] bytes = File.ReadAllBytes(file);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(file, bytes);
            Same(fresh, TokenizedDataset.Of(dataset, tokenizer, folder, "smollm2"));
            TokenizedDataset.Of(dataset, Make(new TokenizationOptions { MaxLength = 257 }), folder, "smollm2");
            TokenizedDataset.Of(dataset, tokenizer, folder, "another template");
            Assert.Equal(3, Directory.GetFiles(folder).Length);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static void Same(TokenizedDataset a, TokenizedDataset b)
        {
            Assert.Equal(a.Count, b.Count);
            Assert.Equal(a.Dropped, b.Dropped);
            Assert.Equal(a.Cut, b.Cut);
            Assert.Equal(
                a.SelectMany(g => g.Answers).SelectMany(x => x.Ids),
                b.SelectMany(g => g.Answers).SelectMany(x => x.Ids)
            );
            Assert.Equal(
                a.SelectMany(g => g.Answers).SelectMany(x => x.IsScored),
                b.SelectMany(g => g.Answers).SelectMany(x => x.IsScored)
            );
        }
    }

    [Fact]
    public void An_answer_is_cut_on_the_right_to_the_room_its_prompt_leaves()
    {
        PreferenceGroup pair = Pair("Hi", string.Concat(Enumerable.Repeat("word ", 300)), "no");
        int prompt = Make().Tokenize(pair).Group!.Prompt.Length;
        TokenizedGroup cut = Make(new TokenizationOptions { MaxLength = prompt + 10 }).Tokenize(pair).Group!;
        Assert.Equal(10, cut.Answers[0].Ids.Length);
        Assert.True(cut.Answers[0].WasCut);
        Assert.False(cut.Answers[1].WasCut);
        Assert.Equal(
            "the prompt alone fills max_length",
            Make(new TokenizationOptions { MaxLength = prompt }).Tokenize(pair).Drop!.Reason
        );
        Assert.Equal(
            "it is longer than max_length",
            Make(new TokenizationOptions { MaxLength = prompt + 10, Truncation = TruncationMode.Drop })
                .Tokenize(pair)
                .Drop!.Reason
        );
    }

    [Theory]
    [InlineData(Compatibility.Strict)]
    [InlineData(Compatibility.Trl)]
    public void A_prompt_that_leaves_room_for_one_token_keeps_its_pair_and_one_that_leaves_none_does_not(Compatibility mode)
    {
        PreferenceGroup pair = Pair("Hi", "yes, of course", "no");
        TokenizationOptions Of(int length) => new() { Compatibility = mode, MaxLength = length };
        int prompt = Make(Of(1024)).Tokenize(pair).Group!.Prompt.Length;
        TokenizedGroup kept = Make(Of(prompt + 1)).Tokenize(pair).Group!;
        Assert.Equal([1, 1], kept.Answers.Select(a => a.Ids.Length));
        foreach (int length in (int[])[prompt, prompt - 1])
        {
            TokenizationResult dropped = Make(Of(length)).Tokenize(pair);
            Assert.Null(dropped.Group);
            Assert.Equal("the prompt alone fills max_length", dropped.Drop!.Reason);
        }
    }

    [Theory]
    [InlineData(TruncationMode.KeepStart)]
    [InlineData(TruncationMode.KeepEnd)]
    [InlineData(TruncationMode.Drop)]
    public void An_answer_that_fills_the_room_exactly_is_whole(TruncationMode truncation)
    {
        PreferenceGroup pair = Pair("Hi", "yes, of course", "no");
        TokenizedGroup whole = Make().Tokenize(pair).Group!;
        int longest = whole.Prompt.Length + whole.Answers.Max(a => a.Ids.Length);
        TokenizationOptions Of(int length) => new() { MaxLength = length, Truncation = truncation };
        TokenizedGroup fits = Make(Of(longest)).Tokenize(pair).Group!;
        Assert.Equal(whole.Prompt, fits.Prompt);
        foreach ((TokenizedAnswer expected, TokenizedAnswer answer) in whole.Answers.Zip(fits.Answers))
        {
            Assert.Equal(expected.Ids, answer.Ids);
            Assert.False(answer.WasCut);
        }
        TokenizationResult shorter = Make(Of(longest - 1)).Tokenize(pair);
        if (truncation == TruncationMode.Drop)
            Assert.Equal("it is longer than max_length", shorter.Drop!.Reason);
        else
            Assert.Equal([true, false], shorter.Group!.Answers.Select(a => a.WasCut));
    }

    [Fact]
    public void Only_what_the_assistant_says_is_scored_in_an_answer_of_several_turns()
    {
        PreferenceGroup group = Pair("Guess.", "x", "y") with
        {
            Answers =
            [
                [new("assistant", "Two?"), new("user", "No."), new("assistant", "Three?")],
                [new("assistant", "One?")],
            ],
        };
        TokenizedGroup tokens = Make().Tokenize(group).Group!;
        string scored = Model.Value.Tokenizer.Decode([.. tokens.Answers[0].Ids.Where((_, i) => tokens.Answers[0].IsScored[i])]);
        Assert.Equal("Two?<|im_end|>Three?<|im_end|>", scored);
        Assert.Contains("No.", Model.Value.Tokenizer.Decode(tokens.Answers[0].Ids), StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_texts_stand_as_they_are_with_the_end_token_behind_when_asked_for()
    {
        PreferenceGroup pair = Pair("Once upon", " a time", " a hill") with { IsText = true };
        TokenizedGroup text = Make(new TokenizationOptions { Format = DatasetFormat.Text }).Tokenize(pair).Group!;
        Assert.Equal("Once upon", Model.Value.Tokenizer.Decode(text.Prompt));
        Assert.Equal(" a time<|im_end|>", Model.Value.Tokenizer.Decode(text.Answers[0].Ids));
        Assert.StartsWith(
            "<|im_start|>",
            Model.Value.Tokenizer.Decode(Make().Tokenize(pair).Group!.Prompt),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_token_across_the_end_of_the_prompt_is_counted_and_the_prompt_stays_what_generation_sees()
    {
        // "Once upo" + "n a time": the joint text has the token " upon".
        PreferenceGroup pair = Pair("Once upo", "n a time", "nward") with
        {
            IsText = true,
        };
        TokenizationResult result = Make(new TokenizationOptions { Format = DatasetFormat.Text }).Tokenize(pair);
        Assert.True(result.Straddled);
        Assert.Equal(Model.Value.Tokenizer.EncodeToIds("Once upo"), result.Group!.Prompt);
        Assert.Equal("n a time<|im_end|>", Model.Value.Tokenizer.Decode(result.Group.Answers[0].Ids));
    }

    [Fact]
    public void A_template_that_hides_where_the_answer_begins_is_refused_with_the_row()
    {
        var template = ChatTemplate.Parse("{% for m in messages %}{{ loop.length }}{{ m.content }}{% endfor %}", "odd");
        var tokenizer = new GroupTokenizer(Model.Value.Tokenizer, template, [2], null, null);
        Assert.StartsWith(
            "here: the chat template renders",
            Assert.Throws<SimperException>(() => tokenizer.Tokenize(Pair("a", "b", "c"))).Message,
            StringComparison.Ordinal
        );
    }
}
