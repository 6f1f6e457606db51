using System.CommandLine;
using Simper.Text.Preferences;

namespace Simper.Cli.Commands;

/// <summary>The options of commands that tokenize data in one mode: whose tokens, and what happens to long rows.</summary>
internal sealed class TokenizationModeOptions
{
    private readonly Option<string> _compatibility = new("--compatibility")
    {
        HelpName = "MODE",
        Description = "Whose tokens: strict, trl, trl-cpo or simper-reference.",
        DefaultValueFactory = _ => "strict",
    };
    private readonly Option<string> _truncation = new("--truncation_mode")
    {
        HelpName = "MODE",
        Description = "What does not fit: keep_start, keep_end, truncate_prompt, drop or raise.",
        DefaultValueFactory = _ => "keep_start",
    };
    private readonly Option<bool> _generation = new("--add_generation_prompt")
    {
        Description = "As in a recipe: false leaves out of prompts what the template drops before an answer.",
        DefaultValueFactory = _ => true,
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_compatibility, _truncation, _generation])
            command.Options.Add(option);
    }

    /// <summary>Lengths and formats with the given mode.</summary>
    /// <exception cref="SimperException">There is no such mode.</exception>
    public TokenizationOptions Apply(ParseResult parsed, TokenizationOptions options) =>
        options with
        {
            Compatibility = TokenizationNames.Find(
                TokenizationNames.Compatibilities,
                parsed.GetValue(_compatibility)!,
                "--compatibility"
            ),
            AddGenerationPrompt = parsed.GetValue(_generation),
            Truncation = TokenizationNames.Find(
                TokenizationNames.Truncations,
                parsed.GetValue(_truncation)!,
                "--truncation_mode"
            ),
        };
}
