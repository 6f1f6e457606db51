using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Lengths and modes that conflict, at the boundary of each.</summary>
public class TokenizationOptionsTests
{
    private static string? Fault(TokenizationOptions options)
    {
        try
        {
            options.Validate();
            return null;
        }
        catch (SimperException e)
        {
            return e.Message;
        }
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    [InlineData(0, false)]
    public void A_prompt_and_an_answer_need_two_tokens(int length, bool fits) =>
        Assert.Equal(fits, Fault(new TokenizationOptions { MaxLength = length }) is null);

    [Theory]
    [InlineData(100, 1, true)]
    [InlineData(100, 99, true)]
    [InlineData(100, 100, false)] // no room for the answer
    [InlineData(100, 0, false)]
    [InlineData(129, null, true)] // 128 unless given
    [InlineData(128, null, false)]
    public void The_authors_mode_cuts_prompts_to_a_length_that_leaves_room_for_the_answer(int length, int? prompt, bool fits)
    {
        string? fault = Fault(
            new TokenizationOptions
            {
                Compatibility = Compatibility.SimPerReference,
                MaxLength = length,
                MaxPromptLength = prompt,
            }
        );
        Assert.Equal(fits, fault is null);
        if (fault is not null)
            Assert.Equal(prompt is null, fault.Contains("128 is the default", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_of_other_modes_are_refused_by_name()
    {
        Assert.StartsWith(
            "max_prompt_length belongs to compatibility simper-reference",
            Fault(new TokenizationOptions { MaxPromptLength = 10 }),
            StringComparison.Ordinal
        );
        foreach (Compatibility mode in (Compatibility[])[Compatibility.Trl, Compatibility.TrlCpo, Compatibility.SimPerReference])
            Assert.StartsWith(
                "add_generation_prompt is false",
                Fault(new TokenizationOptions { Compatibility = mode, AddGenerationPrompt = false }),
                StringComparison.Ordinal
            );
        Assert.Null(Fault(new TokenizationOptions { AddGenerationPrompt = false }));
        Assert.StartsWith(
            "truncation_mode is keep_end, which compatibility trl-cpo does not have",
            Fault(new TokenizationOptions { Compatibility = Compatibility.TrlCpo, Truncation = TruncationMode.KeepEnd }),
            StringComparison.Ordinal
        );
        Assert.Null(Fault(new TokenizationOptions { Compatibility = Compatibility.Trl, Truncation = TruncationMode.KeepEnd }));
    }
}
