using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>What is done with what is too long: by hand, and over texts.</summary>
public class LengthLimitsTests
{
    private const int Bos = 1;

    private static readonly string Long = string.Join(' ', Enumerable.Range(0, 60).Select(i => $"word{i}"));

    [Theory]
    // prompt 1 2 3 4 5 6, answers 7 8 9 and 10
    [InlineData("keep_start", 6, null, null, "1 2 3 4 5 6", "7 8 9 / 10")] // cut by its rule, afterwards
    [InlineData("keep_start", 20, null, 2, "1 2 3 4 5 6", "7 8* / 10")]
    [InlineData("truncate_prompt", 9, null, null, "1 2 3 4 5 6", "7 8 9 / 10")]
    [InlineData("truncate_prompt", 7, null, null, "1 4 5 6", "7 8 9 / 10")] // the start token stays
    [InlineData("truncate_prompt", 4, null, null, "6", "7 8 9 / 10")]
    [InlineData("truncate_prompt", 3, null, null, null, "an answer alone fills max_length")]
    [InlineData("truncate_prompt", 4, null, 1, "1 5 6", "7* / 10")]
    [InlineData("truncate_prompt", 20, 2, null, "1 6", "7 8 9 / 10")]
    [InlineData("drop", 20, 5, null, null, "its prompt is longer than max_prompt_length")]
    [InlineData("drop", 20, 6, 2, null, "an answer is longer than max_completion_length")]
    [InlineData("raise", 20, 6, 3, "1 2 3 4 5 6", "7 8 9 / 10")]
    public void Limits_hold_for_prompt_and_answers_for_themselves(
        string mode,
        int length,
        int? promptLength,
        int? answerLength,
        string? prompt,
        string expected
    )
    {
        var options = new TokenizationOptions
        {
            MaxLength = length,
            Truncation = TokenizationNames.Find(TokenizationNames.Truncations, mode, "mode"),
            MaxPromptLength = promptLength,
            MaxCompletionLength = answerLength,
        };
        var limited = LengthLimits.Apply(options, Bos, [1, 2, 3, 4, 5, 6], [Answer(7, 8, 9), Answer(10)]);
        Assert.Equal(prompt, limited.Fault is null ? string.Join(' ', limited.Prompt) : null);
        Assert.Equal(
            expected,
            limited.Fault ?? string.Join(" / ", limited.Answers.Select(a => string.Join(' ', a.Ids) + (a.WasCut ? "*" : "")))
        );
    }

    [Fact]
    public void A_prompt_cut_to_its_end_keeps_answers_whole_and_is_told()
    {
        TokenizedDataset whole = Tokens(new TokenizationOptions { MaxLength = 4096 });
        int answer = whole[0].Answers.Max(a => a.Ids.Length);
        TokenizedDataset cut = Tokens(
            new TokenizationOptions { MaxLength = answer + 20, Truncation = TruncationMode.TruncatePrompt }
        );
        Assert.Equal(20, cut[0].Prompt.Length);
        Assert.Equal(whole[0].Prompt[^19..], cut[0].Prompt[1..]);
        for (int i = 0; i < 2; i++)
            Assert.Equal(whole[0].Answers[i].Ids, cut[0].Answers[i].Ids);
        Assert.Equal(0, cut.Cut);
        Assert.Contains("the prompt was cut to its end in 1 row (1)", cut.Report());
    }

    [Fact]
    public void An_answer_without_its_end_is_told()
    {
        TokenizedDataset cut = Tokens(new TokenizationOptions { MaxCompletionLength = 5 });
        Assert.Equal(1, cut.Cut);
        Assert.Equal(5, cut[0].Answers.Max(a => a.Ids.Length));
        Assert.Contains(cut.Report(), l => l.StartsWith("an answer lost its end in 1 row (1), ", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Tokens(new TokenizationOptions()).Report(),
            l => l.Contains("lost its end", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData(50, null, null, "it is longer than max_length")]
    [InlineData(1024, 50, null, "its prompt is longer than max_prompt_length")]
    [InlineData(1024, null, 5, "an answer is longer than max_completion_length")]
    public void Rows_that_do_not_fit_are_refused_or_left_out_for_the_same_reason(
        int length,
        int? promptLength,
        int? answerLength,
        string reason
    )
    {
        var options = new TokenizationOptions
        {
            MaxLength = length,
            MaxPromptLength = promptLength,
            MaxCompletionLength = answerLength,
            Truncation = TruncationMode.Drop,
        };
        Assert.Equal(length == 50 ? "the prompt alone fills max_length" : reason, Assert.Single(Tokens(options).Dropped).Reason);
        string message = Assert.Throws<SimperException>(() => Tokens(options with { Truncation = TruncationMode.Raise })).Message;
        Assert.Contains(", line 1: ", message, StringComparison.Ordinal);
        Assert.Contains(", and truncation_mode is raise; shorten the row", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Compatibility.Trl)]
    [InlineData(Compatibility.TrlCpo)]
    [InlineData(Compatibility.SimPerReference)]
    public void Other_modes_refuse_rows_too_and_have_no_rule_of_ours(Compatibility mode)
    {
        Assert.Contains(
            "it is longer than max_length, and truncation_mode is raise",
            Assert
                .Throws<SimperException>(() =>
                    Tokens(
                        new TokenizationOptions
                        {
                            Compatibility = mode,
                            MaxLength = 150,
                            Truncation = TruncationMode.Raise,
                        }
                    )
                )
                .Message,
            StringComparison.Ordinal
        );
        foreach (
            TokenizationOptions options in (TokenizationOptions[])
                [
                    new() { Compatibility = mode, Truncation = TruncationMode.TruncatePrompt },
                    new() { Compatibility = mode, MaxCompletionLength = 9 },
                ]
        )
            Assert.Throws<SimperException>(options.Validate);
    }

    [Fact]
    public void Without_a_limit_nothing_changes()
    {
        TokenizedGroup usual = Tokens(new TokenizationOptions())[0];
        foreach ((_, TruncationMode mode) in TokenizationNames.Truncations)
        {
            TokenizedGroup other = Tokens(new TokenizationOptions { Truncation = mode, MaxCompletionLength = 1024 })[0];
            Assert.Equal(usual.Prompt, other.Prompt);
            Assert.Equal(usual.Answers.Select(a => string.Join(' ', a.Ids)), other.Answers.Select(a => string.Join(' ', a.Ids)));
        }
    }

    private static TokenizedDataset Tokens(TokenizationOptions options) =>
        TokenizedDataset.Of(
            RowFile.In(
                options.Compatibility,
                $$"""{"prompt": "{{Long}}", "chosen": "a good answer with some words", "rejected": "a bad one"}"""
            ),
            TrlTokens.Make(options)
        );

    private static TokenizedAnswer Answer(params int[] ids) => new() { Ids = ids, IsScored = [.. ids.Select(_ => true)] };
}
