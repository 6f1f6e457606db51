using System.CommandLine;
using System.CommandLine.Parsing;
using Simper.Runs;

namespace Simper.Cli;

/// <summary>
/// What is wrong with a line that the parser rejects, in one sentence: only the first error, since others often follow from it.
/// </summary>
internal static class UsageError
{
    /// <summary>The message.</summary>
    public static string Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string name = NameOf(parsed.CommandResult);
        string listed = $"; {name} --help lists them.";
        if (
            parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-') && t.Length > 1) is { } option
            && command.TreatUnmatchedTokensAsErrors
        )
            return $"{option} is no option of {name}" + NearestName.Question(option, Names(command.Options), listed);
        if (parsed.UnmatchedTokens.Count > 0 && command.Subcommands.Count > 0)
            return $"{parsed.UnmatchedTokens[0]} is no command of {name}"
                + NearestName.Question(parsed.UnmatchedTokens[0], Names(command.Subcommands), listed);
        if (parsed.UnmatchedTokens.Count > 0 && TakenForWord(parsed, command) is { } taken)
            return $"{taken} is no option of {name}" + NearestName.Question(taken, Names(command.Options), listed);
        if (parsed.UnmatchedTokens.Count > 0 && command.TreatUnmatchedTokensAsErrors)
            return $"\"{parsed.UnmatchedTokens[0]}\" is one word too many for {name}; {name} --help says what it takes.";
        foreach (ParseError error in parsed.Errors)
        {
            if ((error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult) is { } given)
                return OfOption(given, name);
        }
        if (command.Subcommands.Count > 0)
            return $"Which command? {name} has {string.Join(", ", Names(command.Subcommands))}; {name} --help says what they do.";
        if (
            command.Options.FirstOrDefault(o =>
                o.Required && parsed.GetResult(o) is null or { Tokens.Count: 0, Implicit: true }
            ) is
            { } missing
        )
            return $"{missing.Name} is missing; {name} needs it: {LowerFirst(missing.Description)}";
        if (
            command.Arguments.FirstOrDefault(a =>
                a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is null or { Tokens.Count: 0 }
            ) is
            { } argument
        )
            return $"{name} needs {HelpPage.NameOf(argument)}: {LowerFirst(argument.Description)}";
        return parsed.Errors[0].Message;
    }

    /// <summary>A command as typed.</summary>
    public static string NameOf(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{NameOf(parent)} {command.Command.Name}" : CommandLine.ProgramName;

    // An option that does not exist is taken for a word where the command takes words.
    private static string? TakenForWord(ParseResult parsed, Command command) =>
        command
            .Arguments.SelectMany(a => parsed.GetResult(a)?.Tokens ?? [])
            .Select(t => t.Value)
            .FirstOrDefault(t => t.StartsWith("--", StringComparison.Ordinal) && t.Length > 2 && !t.Contains(' '));

    private static string OfOption(OptionResult given, string name) =>
        given.Implicit ? $"{given.Option.Name} is missing; {name} needs it: {LowerFirst(given.Option.Description)}"
        : given.Tokens.Count == 0 ? $"{given.Option.Name} needs a value: {LowerFirst(given.Option.Description)}"
        : given.Tokens.Count > given.Option.Arity.MaximumNumberOfValues ? $"{given.Option.Name} is given twice."
        : $"{given.Option.Name} is \"{given.Tokens[^1].Value}\"; it has to be "
            + $"{Wanted(Nullable.GetUnderlyingType(given.Option.ValueType) ?? given.Option.ValueType)}.";

    private static string Wanted(Type type) =>
        type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(bool) ? "true or false"
        : "another value";

    private static IEnumerable<string> Names(IEnumerable<Symbol> symbols) => symbols.Where(s => !s.Hidden).Select(s => s.Name);

    private static string LowerFirst(string? text) =>
        text is { Length: > 1 } && !char.IsUpper(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text ?? "";
}
