using System.CommandLine;
using Simper.Models;
using Simper.Checkpoints;
using Simper.Runs;
using Simper.Text.Preferences;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper data show</summary>
internal static class DataCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var file = new Argument<string>("file") { Description = "Preference data: .jsonl or .json, also .gz." };
        var model = new Option<string>("--model_name_or_path") { Description = "Whose tokenizer and chat template are used.", Required = true };
        var rows = new Option<int>("--rows") { Description = "How many rows to show.", DefaultValueFactory = _ => 3 };
        var from = new Option<int>("--from") { Description = "The first row of the file to show.", DefaultValueFactory = _ => 1 };
        var maxLength = new Option<int>("--max_length") { Description = "As in a recipe.", DefaultValueFactory = _ => 1024 };
        var show = new Command("show", "What would be trained on: each row's tokens as text, scored ones marked, and what is left out and why.") { file, model, rows, from, maxLength };
        show.SetAction((parsed, _) =>
        {
            using Checkpoint checkpoint = Checkpoint.Open(RunFolder.ModelOf(parsed.GetValue(model)!));
            ModelFiles files = ModelFiles.Of(checkpoint);
            PreferenceDataset dataset = PreferenceDataset.Open(parsed.GetValue(file)!);
            TokenizedDataset tokens = TokenizedDataset.Of(dataset, files.GroupTokenizer(new TokenizationOptions { MaxLength = parsed.GetValue(maxLength) }));
            console.WriteLine($"{dataset.Path}: {dataset.Rows} rows of the layout {dataset.Layout}");
            foreach (string line in tokens.Report())
                console.WriteLine(line);
            foreach (TokenizedGroup group in tokens.Where(g => g.Row >= parsed.GetValue(from)).Take(parsed.GetValue(rows)))
                Show(console, group, files);
            return Task.FromResult(0);
        });
        return new Command("data", "Look at preference data.") { show };
    }

    private static void Show(IAnsiConsole console, TokenizedGroup group, ModelFiles files)
    {
        console.WriteLine();
        console.MarkupLine($"[bold]row {group.Row}[/]  prompt, {group.Prompt.Length} tokens");
        console.WriteLine(files.Tokenizer.Decode(group.Prompt));
        for (int i = 0; i < group.Answers.Length; i++)
        {
            TokenizedAnswer answer = group.Answers[i];
            string name = i == 0 ? "chosen" : i == 1 ? "rejected" : $"answer {i + 1}";
            console.MarkupLine($"[bold]{name}[/]  {answer.IsScored.Count(s => s)} of {answer.Ids.Length} tokens scored{(answer.WasCut ? ", cut to max_length" : "")}");
            foreach ((string text, bool scored) in Runs(answer, files))
                console.Write(new Markup(Markup.Escape(text), scored ? new Style(i == 0 ? Color.Green : Color.Red) : new Style(Color.Grey)));
            console.WriteLine();
        }
    }

    // Neighbouring tokens of a kind as one text, so that characters of several tokens stay whole.
    private static IEnumerable<(string Text, bool Scored)> Runs(TokenizedAnswer answer, ModelFiles files)
    {
        for (int start = 0, end; start < answer.Ids.Length; start = end)
        {
            for (end = start + 1; end < answer.Ids.Length && answer.IsScored[end] == answer.IsScored[start]; end++)
            {
            }
            yield return (files.Tokenizer.Decode(answer.Ids.AsSpan(start, end - start)), answer.IsScored[start]);
        }
    }
}
