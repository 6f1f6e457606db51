using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Preferences;

/// <summary>Of answers of several turns, what the assistant says is scored, except turns that the data leave out.</summary>
public class ScoredTurnsTests
{
    private const string End = "<|im_end|>";

    private static readonly Lazy<Tokenizer> SmolLm2 = new(() =>
        Tokenizer.Load(SharedFiles.Path("models", "smollm2-135m-instruct", "tokenizer.json"))
    );

    private static GroupTokenizer Make(Compatibility mode = Compatibility.Strict) =>
        new(
            SmolLm2.Value,
            ChatTemplate.Parse(File.ReadAllText(SharedFiles.Path("cases", "templates", "chatml.jinja")), "chatml"),
            [2],
            "<|im_start|>",
            End,
            new TokenizationOptions { Compatibility = mode }
        );

    private static string[] Scored(PreferenceGroup group, Compatibility mode = Compatibility.Strict) =>
        [
            .. Make(mode)
                .Tokenize(group)
                .Group!.Answers.Select(a => SmolLm2.Value.Decode([.. a.Ids.Where((_, i) => a.IsScored[i])])),
        ];

    public static TheoryData<string> Conversations =>
        SharedFiles.Rows(() =>
            Directory
                .GetFiles(SharedFiles.Path("golden", "data", "formats", "jsonl"))
                .Select(f => Path.GetFileName(f)!)
                .Where(f => !f.StartsWith("tools_", StringComparison.Ordinal)) // whose calls this template does not write
                .Order(StringComparer.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Exactly_what_the_assistant_says_is_scored(string file)
    {
        foreach (PreferenceGroup group in PreferenceDataset.Open(SharedFiles.Path("golden", "data", "formats", "jsonl", file)))
            Assert.Equal(
                group.Answers.Select(a => string.Concat(a.Where(m => m.Role == "assistant").Select(m => m.Content + End))),
                Scored(group)
            );
    }

    [Theory]
    [InlineData("\"loss_weight\": 0")]
    [InlineData("\"loss_weight\": 0.0")]
    [InlineData("\"loss\": false")]
    [InlineData("\"weight\": 0")]
    [InlineData("\"train\": false, \"loss\": null")]
    public void A_turn_without_weight_is_read_and_not_scored(string weight)
    {
        string row = $$"""
            {"messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "one", {{weight}} }, {"role": "user",
             "content": "more", "loss_weight": 1}, {"role": "assistant", "content": "two", "loss": true}],
             "rejected_messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "three"}]}
            """.ReplaceLineEndings("");
        PreferenceGroup group = Assert.Single(RowFile.Open(row));
        Assert.Equal(["two" + End, "three" + End], Scored(group));
        Assert.Null(group.Answers[0][0].Extra);
        string[] all = Scored(Assert.Single(RowFile.In(Compatibility.Trl, row)), Compatibility.Trl);
        Assert.Contains("one", all[0], StringComparison.Ordinal); // TRL knows no weights
    }

    [Fact]
    public void A_prompt_that_is_a_transcript_is_a_conversation_under_a_template_and_a_text_without()
    {
        string row = """{"prompt": "\n\nHuman: p\n\nAssistant: q\n\nHuman: r\n\nAssistant:", "chosen": " x", "rejected": " y"}""";
        PreferenceGroup group = Assert.Single(RowFile.Open(row));
        Assert.True(group.IsText);
        TokenizedGroup tokens = Make().Tokenize(group).Group!;
        Assert.Equal(
            $"<|im_start|>user\np{End}\n<|im_start|>assistant\nq{End}\n<|im_start|>user\nr{End}\n<|im_start|>assistant\n",
            SmolLm2.Value.Decode(tokens.Prompt)
        );
        Assert.Equal(["x" + End, "y" + End], Scored(group));
        GroupTokenizer plain = new(SmolLm2.Value, null, [2], "<|im_start|>", End, new TokenizationOptions());
        Assert.EndsWith("Assistant:", SmolLm2.Value.Decode(plain.Tokenize(group).Group!.Prompt), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_without_a_scored_turn_is_left_out()
    {
        PreferenceGroup group = Assert.Single(
            RowFile.Open(
                """
                {"messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "one", "weight": 0}]}
                """
            )
        );
        Assert.Equal("an answer has no token to score", Make().Tokenize(group).Drop?.Reason);
    }

    [Theory]
    [InlineData("0.5")]
    [InlineData("\"1\"")]
    [InlineData("2")]
    public void A_turn_is_scored_as_a_whole_or_not_at_all(string weight) =>
        Assert.Contains(
            "line 1: \"chosen[0].loss_weight\" has to be 1 or true (the turn is scored) or 0 or false (it is not), not " + weight,
            RowFile.Error(
                $$"""{"prompt": "p", "chosen": [{"role": "assistant", "content": "x", "loss_weight": {{weight}}}], """
                    + """ "rejected": [{"role": "assistant", "content": "y"}]}"""
            ),
            StringComparison.Ordinal
        );
}
