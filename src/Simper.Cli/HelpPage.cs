using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Simper.Cli.Commands;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>
/// The output of --help: usage and parameters, with names on the left and their meanings beside or below them.
/// </summary>
internal sealed class HelpPage(IAnsiConsole console) : SynchronousCommandLineAction
{
    private const int Widest = 80;
    private const int Column = 30;
    private const int Narrow = 70; // if narrower, meanings are below the names, where they have room
    private const int Indent = 6;

    public override bool ClearsParseErrors => true; // for a line that ends in --help, which may be incomplete

    public override int Invoke(ParseResult parsed)
    {
        TextWriter output = console.Profile.Out.Writer;
        output.Write(Of(parsed.CommandResult, Math.Clamp(console.Profile.Width, 40, Widest)));
        output.Flush();
        return 0;
    }

    /// <summary>The display name of an argument.</summary>
    public static string NameOf(Argument argument) => argument.HelpName ?? argument.Name;

    private static string Of(CommandResult result, int width)
    {
        Command command = result.Command;
        var page = new StringBuilder();
        page.Append(ConsoleLines.Wrapped(command.Description ?? "", width)).Append('\n');
        page.Append(ConsoleLines.Wrapped($"Usage: {Usage(result)}", width, indent: 7));
        Section(
            page,
            "Commands",
            width,
            [.. command.Subcommands.Where(c => !c.Hidden).Select(c => (c.Name, c.Description ?? ""))]
        );
        Section(page, "Arguments", width, [.. command.Arguments.Select(a => (NameOf(a), a.Description ?? ""))]);
        Section(page, "Options", width, [.. RecipeWords.OwnOptions(command).Select(o => (NameOf(o), Meaning(o)))]);
        if (RecipeWords.AreTakenBy(command))
        {
            if (command.Name == "train")
                Keys(page, command, width);
            else
                page.Append('\n')
                    .Append(
                        ConsoleLines.Wrapped(
                            $"Keys of a recipe are options too; {CommandLine.ProgramName} train --help lists them.",
                            width
                        )
                    );
        }
        if (command.Subcommands.Count > 0)
            page.Append('\n')
                .Append(ConsoleLines.Wrapped($"{UsageError.NameOf(result)} COMMAND --help says what a command takes.", width));
        return page.ToString();
    }

    private static string Usage(CommandResult result)
    {
        Command command = result.Command;
        IEnumerable<string> words = command.Arguments.Select(a =>
        {
            string name = NameOf(a);
            string several = a.Arity.MaximumNumberOfValues > 1 && !name.Contains("...", StringComparison.Ordinal) ? " ..." : "";
            return a.Arity.MinimumNumberOfValues > 0 || name[0] == '[' ? name + several : $"[{name}{several}]";
        });
        if (command.Subcommands.Count > 0)
            words = words.Append("COMMAND");
        return string.Join(
            ' ',
            [UsageError.NameOf(result), .. words, .. command.Options.Where(o => o.Required).Select(NameOf), "[options]"]
        );
    }

    private static string NameOf(Option option) =>
        option switch
        {
            HelpOption => "--help",
            VersionOption => "--version",
            _ when option.ValueType == typeof(bool) => option.Name,
            _ => $"{option.Name} {option.HelpName ?? Kind(Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType)}",
        };

    private static string Kind(Type type) =>
        type == typeof(int) || type == typeof(long) ? "N"
        : type == typeof(double) ? "X"
        : "TEXT";

    private static string Meaning(Option option)
    {
        string text = option switch
        {
            HelpOption => "This page.",
            VersionOption => "The program's version.",
            _ => option.Description ?? "",
        };
        return option.Required ? text + " Required."
            : option is { HasDefaultValue: true } && option.ValueType != typeof(bool) && option.GetDefaultValue() is { } usual
                ? text + string.Create(CultureInfo.InvariantCulture, $" Default: {usual}.")
            : text;
    }

    // In groups, since there are many: a reader looks for one of a kind.
    private static void Keys(StringBuilder page, Command command, int width)
    {
        page.Append('\n')
            .Append(
                ConsoleLines.Wrapped(
                    "Keys of a recipe, each an option too; for editors: simper schema. Hyperparameters belong to the objectives "
                        + "that they name (docs/objectives.md).",
                    width
                )
            );
        foreach (IGrouping<string, RecipeOption> group in command.Options.OfType<RecipeOption>().GroupBy(o => o.Key.Group))
            Section(page, group.Key, width, [.. group.Select(o => ($"{o.Name} {o.HelpName}", o.Description ?? ""))]);
    }

    private static void Section(StringBuilder page, string title, int width, IReadOnlyList<(string Name, string Meaning)> rows)
    {
        if (rows.Count == 0)
            return;
        page.Append('\n').Append(title).Append(":\n");
        int column = width < Narrow ? Indent : Math.Min(rows.Max(r => r.Name.Length) + 4, Column);
        foreach ((string name, string meaning) in rows)
        {
            string first = "  " + name;
            bool fits = first.Length + 2 <= column;
            if (!fits)
                page.Append(first).Append('\n');
            string text = ConsoleLines.Wrapped(meaning, width - column);
            foreach (string line in text.TrimEnd('\n').Split('\n'))
            {
                page.Append((fits ? first : "").PadRight(column)).Append(line).Append('\n');
                (fits, first) = (false, "");
            }
        }
    }
}
