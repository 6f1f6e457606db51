using System.Text.RegularExpressions;

namespace Simper.Text.Preferences;

/// <summary>
/// The empty thinking block that reasoning models' templates insert before an answer without reasoning. The model did not write
/// it, and it is the same for all answers.
/// </summary>
internal static partial class EmptyThoughts
{
    /// <summary>
    /// The length of such a block at the start of a rendered answer, surrounding blanks included; 0 if the answer's text has one
    /// itself.
    /// </summary>
    /// <param name="rendered">The rendered answer, from where the assistant begins to speak.</param>
    /// <param name="content">The answer's own text.</param>
    public static int Length(ReadOnlySpan<char> rendered, string content)
    {
        ReadOnlySpan<char> start = rendered.TrimStart();
        if (start.Length == 0 || start[0] is not ('<' or '['))
            return 0;
        Match match = Block().Match(rendered[..Math.Min(rendered.Length, 200)].ToString());
        return match.Success && !content.Contains(match.Groups["close"].Value, StringComparison.Ordinal) ? match.Length : 0;
    }

    // <think></think> and its variants, [THINK][/THINK], <|START_THINKING|><|END_THINKING|>,
    // <|begin_of_thought|><|end_of_thought|>, <|channel>thought<channel|>; also the closing tag alone, if the opening one belongs
    // to another turn's prompt.
    [GeneratedRegex(
        """
            ^\s*(?:
                <(?<name>[\w:|]*\w)>\s*(?<close></\k<name>>)
              | \[(?<name>\w+)\]\s*(?<close>\[/\k<name>\])
              | <\|(?:START|BEGIN|BO)_?(?:OF_)?(?<name>\w+)\|>\s*(?<close><\|(?:END|EO)_?(?:OF_)?\k<name>\|>)
              | <\|channel>\w*\s*(?<close><channel\|>)
              | (?<close></(?:\w+:)?(?:think|thinking|thought|reasoning)>)
            )\s*
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.IgnoreCase
    )]
    private static partial Regex Block();
}
