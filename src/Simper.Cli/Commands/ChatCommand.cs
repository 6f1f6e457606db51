using System.CommandLine;
using System.Text;
using Simper.Generation;
using Simper.Models;
using Simper.Text.Templates;
using Simper.Text.Tokenization;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper chat</summary>
internal static class ChatCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var options = new ModelOptions();
        var system = new Option<string?>("--system") { Description = "A system message." };
        var command = new Command("chat", "Talk to a model. An empty line or /exit ends it, /new begins a new conversation.") { system };
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            SamplingSettings settings = options.Settings(parsed);
            using LanguageModel model = options.Load(parsed);
            Talk(console, Console.In, model, settings, parsed.GetValue(system), cancel);
            return 0;
        }));
        return command;
    }

    internal static void Talk(IAnsiConsole console, TextReader input, LanguageModel model, SamplingSettings settings, string? system, CancellationToken cancel)
    {
        List<ChatMessage> Beginning() => system is null ? [] : [new ChatMessage("system", system)];
        List<ChatMessage> messages = Beginning();
        var generator = new TextGenerator(model);
        TextWriter output = console.Profile.Out.Writer;
        while (!cancel.IsCancellationRequested)
        {
            output.Write("> ");
            output.Flush();
            string? line = input.ReadLine();
            if (line is null or "" or "/exit")
                return;
            if (line == "/new")
            {
                messages = Beginning();
                continue;
            }
            messages.Add(new ChatMessage("user", line));
            var answer = new StringBuilder();
            var decoder = new IncrementalDecoder(model.Files.Tokenizer);
            foreach (int id in generator.Stream(model.Files.GroupTokenizer().Prompt(messages), settings))
            {
                Say(decoder.Append(id));
                if (cancel.IsCancellationRequested)
                    break;
            }
            Say(decoder.Flush());
            output.WriteLine();
            messages.Add(new ChatMessage("assistant", answer.ToString()));

            void Say(string text)
            {
                answer.Append(text);
                output.Write(text);
                output.Flush();
            }
        }
    }
}
