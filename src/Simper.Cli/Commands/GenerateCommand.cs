using System.CommandLine;
using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Models;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper generate</summary>
internal static class GenerateCommand
{
    private const int Together = 8; // prompts per pass

    public static Command Make(IAnsiConsole console)
    {
        var options = new ModelOptions();
        var prompt = new Option<string[]>("--prompt")
        {
            HelpName = "TEXT",
            Description =
                "A prompt; may be given several times. Without any, standard input is read, a prompt a line; - takes "
                + "all of it as one.",
            AllowMultipleArgumentsPerToken = false,
        };
        var file = new Option<string[]>("--prompt_file")
        {
            HelpName = "FILE",
            Description =
                "A file that is a prompt, with all its lines; or JSON lines (.jsonl, .json) with prompt or messages, "
                + "which are answered as JSON lines. May be given several times; - is standard input.",
        };
        var system = new Option<string?>("--system")
        {
            HelpName = "TEXT",
            Description = "A system message for prompts that have none.",
        };
        var raw = new Option<bool>("--raw") { Description = "Continue the text as it stands, without the chat template." };
        var json = new Option<bool>("--json") { Description = "Print a JSON object a line." };
        var command = new Command("generate", "Answer prompts, several at a time.") { prompt, file, system, raw, json };
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    SamplingSettings settings = options.Settings(parsed);
                    bool isRaw = parsed.GetValue(raw);
                    if (isRaw && parsed.GetValue(system) is not null)
                        throw new SimperException("--raw has no chat template that --system could stand in; give one of them.");
                    string path = options.Path(parsed);
                    GivenPrompt[] prompts =
                    [
                        .. PromptSource
                            .Read(parsed.GetValue(prompt) ?? [], parsed.GetValue(file) ?? [], Console.In)
                            .Select(p => p.Under(parsed.GetValue(system))),
                    ];
                    if (isRaw && prompts.Any(p => p.Messages.Count > 1 || p.Tools is not null))
                        throw new SimperException(
                            "--raw continues a text; a prompt of several messages needs the chat template."
                        );
                    using LanguageModel model = options.Load(parsed, path, cancel);
                    var answers = new TextAnswers(model);
                    foreach (GivenPrompt[] batch in prompts.Chunk(Together))
                    {
                        IReadOnlyList<int>[] ids =
                        [
                            .. batch.Select(p =>
                                isRaw ? answers.Prompt(p.Messages[0].Content) : answers.Prompt(p.Messages, p.Tools)
                            ),
                        ];
                        IReadOnlyList<(string Text, FinishReason Finish)> found = answers.Answer(ids, settings, cancel);
                        bool isCut = cancel.IsCancellationRequested; // a reader sees it, in a file are whole answers only
                        for (int i = 0; i < batch.Length; i++)
                        {
                            if (!isCut || !IsJson(batch[i], parsed.GetValue(json)))
                                Print(
                                    console.Profile.Out.Writer,
                                    batch[i],
                                    found[i].Text,
                                    found[i].Finish,
                                    parsed.GetValue(json)
                                );
                        }
                        ErrorNotes.Kept("the answers so far are written", () => Poll(cancel));
                    }
                    return 0;
                })
        );
        return command;
    }

    private static bool Poll(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return true;
    }

    private static bool IsJson(GivenPrompt prompt, bool json) => json || prompt.Row is not null;

    private static void Print(TextWriter output, GivenPrompt prompt, string text, FinishReason finish, bool json)
    {
        if (!IsJson(prompt, json))
        {
            output.WriteLine(text);
            return;
        }
        // A row's other columns, such as an id, are kept with it.
        JsonObject line = prompt.Row?.DeepClone().AsObject() ?? new JsonObject { ["prompt"] = prompt.Text };
        line["answer"] = text;
        line["finish_reason"] = finish == FinishReason.Stop ? "stop" : "length";
        output.WriteLine(ReadableJson.OneLine(line));
    }
}
