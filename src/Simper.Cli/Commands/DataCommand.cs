using System.CommandLine;
using System.Globalization;
using Simper.Models;
using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper data: show here, the others in files of their own</summary>
internal static class DataCommand
{
    public static Command Make(IAnsiConsole console) =>
        new("data", "Look at preference data, and make it.")
        {
            Show(console),
            DataDiffCommand.Make(console),
            DataDoctorCommand.Make(console),
            DataGenerateCommand.Make(console),
        };

    private const string Opens = "[[";
    private const string Closes = "]]";

    private static bool IsRecipe(string file) =>
        File.Exists(file) && Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml";

    // Files, pipes and terminals with NO_COLOR have no colours.
    public static bool HasColours(IAnsiConsole console) =>
        console.Profile.Capabilities is { Ansi: true, ColorSystem: not ColorSystem.NoColors } && console.Profile.Out.IsTerminal;

    private static Command Show(IAnsiConsole console)
    {
        var options = new DataOptions();
        var from = new Option<int>("--from") { Description = "The first row of the file to show.", DefaultValueFactory = _ => 1 };
        var mode = new TokenizationModeOptions();
        var show = new Command(
            "show",
            "What would be trained on: each row's tokens as text, scored ones marked, and what is left out and why. Of a recipe "
                + "(.yaml) its training and held-out rows together, mixed and left out by its keys."
        )
        {
            from,
        };
        mode.AddTo(show);
        options.AddTo(show);
        show.SetAction(parsed =>
        {
            ModelFiles files = options.ModelFiles(parsed);
            string file = parsed.GetValue(options.File)!;
            Recipe? recipe = IsRecipe(file) ? Recipe.Read(file, []) : null;
            TokenizationOptions how = recipe?.Tokenization ?? mode.Apply(parsed, options.Tokenization(parsed));
            int first = parsed.GetValue(from);
            if (first < 1)
                throw new SimperException($"--from is {first}; rows count from 1.");
            GroupTokenizer tokenizer = files.GroupTokenizer(how);
            PreferenceDataset dataset = recipe is null
                ? RowSelection.Apply(PreferenceDataset.Open(file, options.Reading(parsed, how.Compatibility)))
                : RecipeRows.All(recipe);
            TokenizedDataset tokens = TokenizedDataset.Of(dataset, tokenizer);
            ExpectRow(first, dataset, tokens);
            console.WriteLine($"{dataset.Path}: {dataset.Rows:N0} rows of the layout {dataset.Layout}");
            foreach (string line in tokens.Report())
                console.WriteLine(line);
            TokenizedGroup[] shown = [.. tokens.Where(g => g.Row >= first).Take(parsed.GetValue(options.Rows))];
            if (shown.Length == 0 && parsed.GetValue(options.Rows) > 0)
                console.WriteLine($"No row from {first} on is trained on.");
            else if (!HasColours(console))
                console.WriteLine($"Scored tokens stand in {Opens} {Closes}.");
            foreach (TokenizedGroup group in shown)
                Show(console, group, files);
            return 0;
        });
        return show;
    }

    // A row's number is its line or its index in the array, so the last one may exceed their count.
    private static void ExpectRow(int first, PreferenceDataset dataset, TokenizedDataset tokens)
    {
        int last = Math.Max(tokens.Dropped.Max(d => (int?)d.Row) ?? 0, tokens.Count > 0 ? tokens[^1].Row : 0);
        if (first > 1 && first > last)
            throw new SimperException($"--from is {first}, but {dataset.Path} has no such row; its last is row {last}.");
    }

    private static void Show(IAnsiConsole console, TokenizedGroup group, ModelFiles files)
    {
        console.WriteLine();
        console.MarkupLine($"[bold]row {group.Row}[/]  prompt, {group.Prompt.Length} tokens");
        console.WriteLine(files.Tokenizer.Decode(group.Prompt));
        for (int i = 0; i < group.Answers.Length; i++)
        {
            TokenizedAnswer answer = group.Answers[i];
            string weight = group.Weights is null
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $", weight {group.WeightOf(i):0.###}");
            console.MarkupLine(
                $"[bold]{NameOf(group, i)}[/]  {answer.IsScored.Count(s => s)} of {answer.Ids.Length} tokens "
                    + $"scored{weight}{(answer.WasCut ? ", cut to max_length" : "")}"
            );
            foreach ((string text, bool scored) in Runs(answer, files))
            {
                if (HasColours(console))
                    console.Write(
                        new Markup(
                            Markup.Escape(text),
                            scored ? new Style(group.WeightOf(i) > 0 ? Color.Green : Color.Red) : new Style(Color.Grey)
                        )
                    );
                else
                    console.Write(new Spectre.Console.Text(scored ? Opens + text + Closes : text));
            }
            console.WriteLine();
        }
    }

    /// <summary>The label of an answer.</summary>
    public static string NameOf(TokenizedGroup group, int answer) =>
        group.Answers.Length > 2 ? $"answer {answer + 1}"
        : group.WeightOf(answer) > 0 ? "chosen"
        : "rejected";

    // Adjacent tokens of a kind as one text, so that characters of several tokens stay whole.
    private static IEnumerable<(string Text, bool Scored)> Runs(TokenizedAnswer answer, ModelFiles files)
    {
        for (int start = 0, end; start < answer.Ids.Length; start = end)
        {
            for (end = start + 1; end < answer.Ids.Length && answer.IsScored[end] == answer.IsScored[start]; end++) { }
            yield return (files.Tokenizer.Decode(answer.Ids.AsSpan(start, end - start)), answer.IsScored[start]);
        }
    }
}
