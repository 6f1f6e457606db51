using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>
/// Completions of a line being typed, for shells that ask by <c>simper "[suggest:POSITION]" "LINE"</c>: one word per line. A word
/// that begins with dashes is an option, even after an option that could take more values, which the parser's own completion does
/// not handle.
/// </summary>
internal sealed class Completion(IAnsiConsole console, SuggestDirective directive) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true; // a line being typed is incomplete

    public override int Invoke(ParseResult parsed)
    {
        string line = parsed.Tokens.LastOrDefault(t => t.Type != TokenType.Directive)?.Value ?? "";
        string? asked = parsed.GetResult(directive)?.Values.FirstOrDefault();
        int position = int.TryParse(asked, CultureInfo.InvariantCulture, out int given)
            ? Math.Clamp(given, 0, line.Length)
            : line.Length;
        foreach (string word in Words(parsed.RootCommandResult.Command, line[..position]).Distinct())
            console.Profile.Out.Writer.Write(word + "\n");
        console.Profile.Out.Writer.Flush();
        return 0;
    }

    private static IEnumerable<string> Words(Command root, string line)
    {
        int start = line.LastIndexOf(' ') + 1;
        string word = line[start..];
        if (!word.StartsWith('-'))
            return root.Parse(line).GetCompletions(line.Length).Select(c => c.Label);
        Command command = root.Parse(line[..start]).CommandResult.Command;
        return command
            .Options.Where(o => !o.Hidden && o.Name.StartsWith(word, StringComparison.Ordinal))
            .Select(o => o.Name)
            .Order(StringComparer.Ordinal);
    }
}
