using Simper.Text.Doctor;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>
/// Rows token by token. On a terminal by colours; in files and pipes scored tokens stand in [[ ]], special ones in { }, what the
/// template writes in ( ).
/// </summary>
internal static class RowLines
{
    public static void Write(IAnsiConsole console, IReadOnlyList<RowView> rows)
    {
        console.WriteLine();
        console.WriteLine(
            DataCommand.HasColours(console)
                ? "Scored tokens are underlined; special ones magenta, those of the template blue."
                : "Scored tokens stand in [[ ]], special ones in { }, those of the template in ( ); | is between tokens."
        );
        foreach (RowView row in rows)
            Write(console, row);
    }

    private static void Write(IAnsiConsole console, RowView row)
    {
        console.WriteLine();
        string leftOut = row.LeftOut is { } reason ? $", left out because {reason}" : "";
        console.MarkupLineInterpolated($"[bold]row {row.Row}[/]{leftOut}");
        foreach ((Check check, string detail) in row.Faults)
            console.WriteLine(
                $"  {check.Grade.ToString().ToLowerInvariant()} {check.Id}{(detail.Length > 0 ? $": {detail}" : "")}"
            );
        if (row.Answers.Count == 0)
        {
            console.WriteLine(row.Text);
            return;
        }
        console.MarkupLineInterpolated($"[bold]prompt[/], {row.Prompt.Count} tokens");
        Write(console, row.Prompt);
        foreach (AnswerView answer in row.Answers)
        {
            int scored = answer.Tokens.Count(t => t.IsScored);
            string cut = answer.WasCut ? ", cut to max_length" : "";
            console.MarkupLineInterpolated($"[bold]{answer.Name}[/], {scored} of {answer.Tokens.Count} tokens scored{cut}");
            Write(console, answer.Tokens);
        }
    }

    private static void Write(IAnsiConsole console, IReadOnlyList<TokenView> tokens)
    {
        bool hasColours = DataCommand.HasColours(console);
        string open = ""; // how the marks of the token before are closed
        for (int i = 0; i < tokens.Count; i++)
        {
            TokenView token = tokens[i];
            string text = token.Text.Replace("\n", "\\n\n", StringComparison.Ordinal);
            if (hasColours)
            {
                Decoration decoration = token.IsScored ? Decoration.Underline : Decoration.None;
                console.Write(new Spectre.Console.Text(text, new Style(ColorOf(token.Origin), null, decoration)));
                continue;
            }
            bool isSame = i > 0 && tokens[i - 1].Origin == token.Origin && tokens[i - 1].IsScored == token.IsScored;
            (string opens, string closes) = Marks(token);
            console.Write(new Spectre.Console.Text((isSame ? "|" : open + opens) + text));
            open = closes;
        }
        console.WriteLine(open);
    }

    // Around a run of tokens of one kind.
    private static (string Opens, string Closes) Marks(TokenView token)
    {
        (string opens, string closes) = token.Origin switch
        {
            TokenOrigin.Special => ("{", "}"),
            TokenOrigin.Template => ("(", ")"),
            _ => ("", ""),
        };
        return token.IsScored ? ("[[" + opens, closes + "]]") : (opens, closes);
    }

    private static Color ColorOf(TokenOrigin origin) =>
        origin switch
        {
            TokenOrigin.Special => Color.Magenta1,
            TokenOrigin.Template => Color.DodgerBlue1,
            _ => Color.Default,
        };
}
