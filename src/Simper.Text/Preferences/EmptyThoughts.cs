using System.Text.RegularExpressions;

namespace Simper.Text.Preferences;

/// <summary>
/// The empty block of thoughts that templates of reasoning models put before an answer without reasoning. The model neither wrote
/// it nor does it differ between answers.
/// </summary>
internal static partial class EmptyThoughts
{
    /// <summary>
    /// How many characters of a rendered answer are such a block, with the blanks around it; 0 where its text has one itself.
    /// </summary>
    /// <param name="rendered">What the template makes of the answer, from where the assistant begins to speak.</param>
    /// <param name="content">The answer's own text.</param>
    public static int Length(ReadOnlySpan<char> rendered, string content)
    {
        ReadOnlySpan<char> start = rendered.TrimStart();
        if (start.Length == 0 || start[0] is not ('<' or '['))
            return 0;
        Match match = Block().Match(rendered[..Math.Min(rendered.Length, 200)].ToString());
        return match.Success && !content.Contains(match.Groups["close"].Value, StringComparison.Ordinal) ? match.Length : 0;
    }

    // <think></think> and its kin, [THINK][/THINK], <|START_THINKING|><|END_THINKING|>, <|begin_of_thought|><|end_of_thought|>,
    // <|channel>thought<channel|>; also the closing tag alone, where the opening one belongs to another turn's prompt.
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
