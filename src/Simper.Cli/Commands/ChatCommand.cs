using System.CommandLine;
using System.Runtime.InteropServices;
using Simper.Cli.Chat;
using Simper.Generation;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper chat</summary>
internal static class ChatCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var options = new ModelOptions();
        var system = new Option<string?>("--system")
        {
            HelpName = "TEXT",
            Description = "A system message, at the head of every conversation.",
        };
        var adapters = new Option<string[]?>("--adapter")
        {
            HelpName = "NAME=PATH",
            Description =
                "An adapter of the model, to be used after /use NAME; may be given several times. The model is in memory once.",
        };
        var command = new Command(
            "chat",
            "Talk to a model: a line is a message, and /help lists commands. Lines that are piped in are answered one "
                + "after the other."
        )
        {
            system,
            adapters,
        };
        options.AddTo(command);
        // Not asynchronous: then an interrupt would end the program, while here it ends an answer.
        command.SetAction(parsed =>
        {
            SamplingSettings settings = options.Settings(parsed);
            using AnsweringModels models = options.Models(parsed);
            using var voices = new ChatVoices(path => ModelOptions.Load(models, path), options.Path(parsed));
            foreach (string adapter in parsed.GetValue(adapters) ?? [])
                voices.Add(adapter);
            Talk(console, voices, settings, parsed.GetValue(system));
            return 0;
        });
        return command;
    }

    private static void Talk(IAnsiConsole console, ChatVoices voices, SamplingSettings settings, string? system)
    {
        bool isTerminal = StandardStreams.HasInput && !Console.IsInputRedirected && console.Profile.Out.IsTerminal;
        var session = new ChatSession(console, messages => voices.Current.Stream(messages, settings), system, isTerminal, voices);
        using var interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = session.Stop());
        if (isTerminal && console.Profile.Capabilities.Ansi)
        {
            var editor = new LineEditor(
                () => Console.ReadKey(intercept: true),
                console.Profile.Out.Writer,
                () => console.Profile.Width
            );
            session.Run(() => WithControlC(editor.Read));
        }
        else
        {
            session.Run(() =>
            {
                if (isTerminal)
                    Console.Out.Write("> ");
                return Console.In.ReadLine();
            });
        }
    }

    // As a key while a line is typed, as an interrupt while it is answered.
    private static string? WithControlC(Func<string?> read)
    {
        try
        {
            Console.TreatControlCAsInput = true;
            return read();
        }
        finally
        {
            Console.TreatControlCAsInput = false;
        }
    }
}
