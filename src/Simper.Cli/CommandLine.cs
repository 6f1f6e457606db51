using System.CommandLine;
using Simper.Cli.Commands;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>The program's commands, and what becomes of errors: a user's mistake is one sentence and exit code 2.</summary>
internal static class CommandLine
{
    public const int UsersMistake = 2, Interrupted = 130;

    public static RootCommand Root(IAnsiConsole console) => new("Simper aligns language models with people's preferences.")
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
            AnsiConsole.Profile.Width = 1000; // files and pipes have no width: lines are not to be broken
        try
        {
            ParseResult parsed = Root(console ?? AnsiConsole.Console).Parse(args);
            if (parsed.Errors.Count > 0)
            {
                foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors)
                    await errors.WriteLineAsync(error.Message);
                await errors.WriteLineAsync($"See: simper {string.Join(' ', args.TakeWhile(a => !a.StartsWith('-')).Take(1).Append("--help"))}");
                return UsersMistake;
            }
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
