using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Simper.Cli.Commands;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>
/// What --help prints: usage, what a command takes, with names on the left and what they mean beside or below them.
/// </summary>
internal sealed class HelpPage(IAnsiConsole console) : SynchronousCommandLineAction
{
    private const int Widest = 80;
    private const int Column = 30;

    public override bool ClearsParseErrors => true; // of a line that ends in --help because it is not known how it goes on

    public override int Invoke(ParseResult parsed)
    {
        TextWriter output = console.Profile.Out.Writer;
        output.Write(Of(parsed.CommandResult, Math.Clamp(console.Profile.Width, 40, Widest)));
        output.Flush();
        return 0;
    }

    /// <summary>What an argument is called.</summary>
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
        Section(page, "Options", width, [.. command.Options.Where(o => !o.Hidden).Select(o => (NameOf(o), Meaning(o)))]);
        if (RecipeWords.AreTakenBy(command))
        {
            if (command.Name == "train")
                Section(page, "Keys of a recipe, each an option too", width, [.. Keys()]);
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

    private static IEnumerable<(string, string)> Keys()
    {
        var defaults = new Recipe();
        yield return (
            "--loss_type NAME",
            "the objective, simper where none is given; its hyperparameters are keys as well: docs/objectives.md"
        );
        foreach (RecipeKey key in RecipeKeys.All)
        {
            string usual = key.Get(defaults);
            yield return ($"--{key.Name}", usual.Length > 0 ? $"{key.Meaning}; default: {usual}" : key.Meaning);
        }
    }

    private static void Section(StringBuilder page, string title, int width, IReadOnlyList<(string Name, string Meaning)> rows)
    {
        if (rows.Count == 0)
            return;
        page.Append('\n').Append(title).Append(":\n");
        int column = Math.Min(rows.Max(r => r.Name.Length) + 4, Column);
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
