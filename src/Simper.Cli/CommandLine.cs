using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Simper.Cli.Commands;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>
/// The program's commands, and the handling of errors: a user's mistake, a full disk or a missing permission is one sentence and
/// exit code 2; an unexpected error is a sentence, advice, a report and exit code 1.
/// </summary>
internal static class CommandLine
{
    public const string ProgramName = "simper"; // whatever the assembly's name
    public const int Failed = 1;
    public const int UsersMistake = 2;

    /// <summary>The exit code of an interrupted command: 128 plus the signal's number.</summary>
    public static int Interrupted => StopSignals.ExitCode;

    // A text may begin with "@"; it is not a response file.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    public static RootCommand Root(IAnsiConsole console)
    {
        RootCommand root = Commands(console);
        root.Options.OfType<HelpOption>().Single().Action = new HelpPage(console);
        SuggestDirective completion = root.Directives.OfType<SuggestDirective>().Single();
        completion.Action = new Completion(console, completion);
        return root;
    }

    /// <summary>
    /// Parses a line. The parser takes a key with nothing after its equals sign (--key=) for one without a value.
    /// </summary>
    internal static ParseResult Parse(RootCommand root, IReadOnlyList<string> args)
    {
        ParseResult parsed = root.Parse(args, Parsing);
        return RecipeWords.AreTakenBy(parsed.CommandResult.Command) && args.Any(IsEmptied)
            ? root.Parse([.. args.Select(a => IsEmptied(a) ? a + "null" : a)], Parsing)
            : parsed;
    }

    private static bool IsEmptied(string word) =>
        word.StartsWith("--", StringComparison.Ordinal) && word.EndsWith('=') && KeyNames.IsKnown(word[2..^1]);

    private static RootCommand Commands(IAnsiConsole console) =>
        new("Simper aligns language models with people's preferences.")
        {
            DemoCommand.Make(console),
            TrainCommand.Make(console),
            PlanCommand.Make(console),
            EvaluateCommand.Make(console),
            EvalCommand.Make(console),
            CompareCommand.Make(console),
            TuneCommand.Make(console),
            ReportCommand.Make(console),
            LedgerCommand.Make(console),
            VerifyCommand.Make(console),
            ExportCommand.Make(console),
            MergeCommand.Make(console),
            ChatCommand.Make(console),
            GenerateCommand.Make(console),
            ServeCommand.Make(console),
            JudgeCommand.Make(console),
            AlpacaCommand.Make(console),
            MtBenchCommand.Make(console),
            DataCommand.Make(console),
            PullCommand.Make(console),
            PushCommand.Make(console),
            LabCommand.Make(console),
            SchemaCommand.Make(console),
            EnvCommand.Make(console),
        };

    public static async Task<int> RunAsync(string[] args, IAnsiConsole? console = null, TextWriter? errors = null)
    {
        errors ??= Console.Error;
        if (console is null && Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 100_000; // files and pipes have no width: lines must not be wrapped
        return await Guarded(
            args,
            errors,
            async () =>
            {
                IAnsiConsole shown = console ?? AnsiConsole.Console;
                RootCommand root = Root(shown);
                ParseResult parsed = Parse(root, args);
                if (parsed.Errors.Count > 0 && parsed.Action is not Completion)
                    throw new SimperException(UsageError.Of(parsed));
                // A command that takes no token is ended by the first signal, as the system does it. The parser's own handler
                // knows no second one.
                using StopSignals? signals = parsed.Action is AsynchronousCommandLineAction ? new StopSignals() : null;
                return await parsed.InvokeAsync(
                    new InvocationConfiguration
                    {
                        EnableDefaultExceptionHandler = false,
                        Output = shown.Profile.Out.Writer,
                        ProcessTerminationTimeout = null,
                    },
                    signals?.Stop ?? CancellationToken.None
                );
            }
        );
    }

    /// <summary>Executes the command; errors become messages and exit codes.</summary>
    internal static async Task<int> Guarded(string[] args, TextWriter errors, Func<Task<int>> action)
    {
        try
        {
            return await action();
        }
        catch (SimperException e)
        {
            await errors.WriteLineAsync(WithModel(Secrets.Masked(e.Message), e));
            return UsersMistake;
        }
        catch (Exception e) when (SystemFault.IsOfTheSystem(e)) // a full disk, a folder that may not be written
        {
            string sentence = SystemFault.Sentence(e);
            await errors.WriteLineAsync(
                WithModel(
                    Secrets.Masked(SystemFault.PathOf(e) is { } path ? $"{path}: {sentence}." : Capitalised(sentence) + "."),
                    e
                )
            );
            return UsersMistake;
        }
        catch (OperationCanceledException e)
        {
            await errors.WriteLineAsync($"Interrupted; {ErrorNotes.KeptOf(e) ?? "nothing was written"}.");
            return Interrupted;
        }
        catch (Exception e)
        {
            foreach (string line in ErrorReport.Of(e, args))
                await errors.WriteLineAsync(line);
            return Failed;
        }
    }

    private static string WithModel(string message, Exception error) =>
        ErrorNotes.ModelOf(error) is { } model ? $"{message} The trained model is safe in {model}." : message;

    private static string Capitalised(string sentence) => char.ToUpperInvariant(sentence[0]) + sentence[1..];
}
