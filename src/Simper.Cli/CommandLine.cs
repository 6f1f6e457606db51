using System.CommandLine;
using System.CommandLine.Help;
using Simper.Cli.Commands;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>The program's commands, and what becomes of errors: a user's mistake is one sentence and exit code 2.</summary>
internal static class CommandLine
{
    public const string ProgramName = "simper"; // whatever the assembly is called
    public const int UsersMistake = 2, Interrupted = 130;

    // A text may begin with "@"; it names no file of further words.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    public static RootCommand Root(IAnsiConsole console)
    {
        RootCommand root = Commands(console);
        root.Options.OfType<HelpOption>().Single().Action = new HelpPage(console);
        return root;
    }

    private static RootCommand Commands(IAnsiConsole console) => new("Simper aligns language models with people's preferences.")
    {
        DemoCommand.Make(console),
        TrainCommand.Make(console),
        PlanCommand.Make(console),
        EvaluateCommand.Make(console),
        CompareCommand.Make(console),
        TuneCommand.Make(console),
        ReportCommand.Make(console),
        ChatCommand.Make(console),
        GenerateCommand.Make(console),
        DataCommand.Make(console),
        LabCommand.Make(console),
        EnvCommand.Make(console),
    };

    public static async Task<int> RunAsync(string[] args, IAnsiConsole? console = null, TextWriter? errors = null)
    {
        errors ??= Console.Error;
        if (console is null && Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 100_000; // files and pipes have no width: lines are not to be broken
        try
        {
            ParseResult parsed = Root(console ?? AnsiConsole.Console).Parse(args, Parsing);
            if (parsed.Errors.Count > 0)
                throw new SimperException(UsageError.Of(parsed));
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = TimeSpan.FromMinutes(30), // an interrupted run still evaluates and saves what it has
            });
        }
        catch (SimperException e)
        {
            await errors.WriteLineAsync(e.Message);
            return UsersMistake;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) // a full disk, a folder that may not be written
        {
            await errors.WriteLineAsync(e.Message);
            return UsersMistake;
        }
        catch (OperationCanceledException)
        {
            await errors.WriteLineAsync("Interrupted.");
            return Interrupted;
        }
    }
}
