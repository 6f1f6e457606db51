using System.CommandLine;
using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Models;
using Simper.Text.Templates;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper generate</summary>
internal static class GenerateCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var options = new ModelOptions();
        var prompt = new Option<string[]>("--prompt") { Description = "A prompt; may be given several times. Without it prompts are read from standard input, a line each.", AllowMultipleArgumentsPerToken = false };
        var raw = new Option<bool>("--raw") { Description = "Continue the text as it stands, without the chat template." };
        var json = new Option<bool>("--json") { Description = "Print a JSON object a line." };
        var command = new Command("generate", "Answer prompts, several at a time.") { prompt, raw, json };
        options.AddTo(command);
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            SamplingSettings settings = options.Settings(parsed);
            using LanguageModel model = options.Load(parsed);
            string[] prompts = parsed.GetValue(prompt) is { Length: > 0 } given ? given : [.. Lines(Console.In)];
            foreach (string[] batch in prompts.Chunk(8))
            {
                IReadOnlyList<int>[] ids = [.. batch.Select(p => (IReadOnlyList<int>)Ids(model, p, parsed.GetValue(raw)))];
                IReadOnlyList<GeneratedAnswer> answers = new TextGenerator(model).Generate(ids, settings, cancel);
                for (int i = 0; i < batch.Length; i++)
                    Print(console, batch[i], answers[i], model, parsed.GetValue(json));
            }
            return 0;
        }));
        return command;
    }

    private static int[] Ids(LanguageModel model, string prompt, bool raw) => raw
        ? model.Files.Tokenizer.EncodeToIds(prompt, addSpecialTokens: true)
        : model.Files.GroupTokenizer().Prompt([new ChatMessage("user", prompt)]);

    private static void Print(IAnsiConsole console, string prompt, GeneratedAnswer answer, LanguageModel model, bool json)
    {
        string text = model.Files.Tokenizer.Decode([.. answer.Ids], skipSpecialTokens: true);
        if (json)
        {
            var line = new JsonObject { ["prompt"] = prompt, ["answer"] = text, ["finish_reason"] = answer.Finish == FinishReason.Stop ? "stop" : "length" };
            console.Profile.Out.Writer.WriteLine(line.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        }
        else
            console.Profile.Out.Writer.WriteLine(text);
    }

    private static IEnumerable<string> Lines(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
                yield return line;
        }
    }
}
