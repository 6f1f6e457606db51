using Simper.Generation;
using Simper.Models;
using Simper.Runs;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Spectre.Console;

namespace Simper.Cli.Demo;

/// <summary>Trains the bundled model with SimPER on the bundled pairs, and shows what changed.</summary>
internal sealed class DemoRun(IAnsiConsole console)
{
    // Marks every demo's folder: a folder without this file is somebody's own run.
    private const string Mark = ".demo";

    private readonly List<string[]> _answers = [];

    /// <summary>The folder of the bundled files.</summary>
    public static string Assets => Path.Combine(AppContext.BaseDirectory, "demo");

    /// <summary>The recipe of the demo.</summary>
    public static Recipe Recipe(string outputDir, long seed) =>
        new()
        {
            ModelNameOrPath = Path.Combine(Assets, "model"),
            DatasetName = Path.Combine(Assets, "train.jsonl"),
            EvalDatasetName = Path.Combine(Assets, "heldout.jsonl"),
            OutputDir = outputDir,
            Dtype = Precision.Float32, // its matrices are too narrow to gain from bfloat16
            LearningRate = 3e-4,
            TrainBatchSize = 16,
            NumTrainEpochs = 2,
            Seed = seed,
            Samples = 7,
            SampleTokens = 40,
            LoggingSteps = 5,
            LedgerTrainRows = int.MaxValue, // all: it is a second's work, and finds more of the wrong labels
            SaveStrategy = SaveStrategy.No, // it is over in seconds
        };

    /// <summary>Runs to the end.</summary>
    /// <param name="outputDir">The run's folder.</param>
    /// <param name="seed">Order of the data; and which labels are wrong, where the share is given.</param>
    /// <param name="maxSteps">Stops after so many steps; -1 for none.</param>
    /// <param name="cancel">Stops it.</param>
    /// <param name="noise">The share of wrong labels in the training pairs, which are then written beside the folder; null for
    /// the bundled ones.</param>
    /// <returns>The summary, or null if it was interrupted before its end.</returns>
    public RunSummary? Show(string outputDir, long seed, int maxSteps, CancellationToken cancel, double? noise = null)
    {
        if (!File.Exists(Path.Combine(Assets, "model", "config.json")))
            throw new SimperException($"The demo's files are not in {Assets}; build the program again.");
        Recipe recipe = Recipe(outputDir, seed) with { MaxSteps = maxSteps, OverwriteOutputDir = IsOfDemo(outputDir) };
        if (!recipe.OverwriteOutputDir && RunState.Of(outputDir) is not null)
            throw new SimperException($"{outputDir} holds a run that is not the demo's; give another --output_dir.");
        OutputFolder.Take(outputDir, FolderKind.Run, bytes: 0).Dispose(); // before any output
        if (noise is { } share)
        {
            string written = Path.TrimEndingDirectorySeparator(outputDir) + "-pairs.jsonl";
            DemoPairs.Write(recipe.DatasetName, written, share, seed);
            recipe = recipe with { DatasetName = written };
        }
        PreferenceDataset heldOut = PreferenceDataset.Open(recipe.EvalDatasetName!);
        string[] requests = [.. heldOut.Select(g => g.Prompt[^1].Content)];
        PreferenceDataset pairs = PreferenceDataset.Open(recipe.DatasetName);
        console.WriteLine(
            "A model of our own answers small requests, some kinds well, some badly. SimPER trains it on "
                + $"{pairs.Count:N0} pairs of answers, {pairs.Count(DemoPairs.IsWrong):N0} of them labelled wrongly."
        );
        var run = new TrainingRun(recipe) { Check = model => Checked(model, requests), Mark = Mark };
        RunSummary? summary = new RunDisplay(console).Show(run.Events(cancel), outputDir);
        if (_answers.Count == 2)
            ShowAnswers(requests);
        if (summary is not null)
        {
            (DemoSuspects all, DemoSuspects ofSteps) = DemoSuspects.Of(outputDir, recipe.DatasetName);
            foreach (string line in DemoSuspects.Lines(all, ofSteps))
                console.WriteLine(line);
            console.WriteLine();
        }
        ShowNext(outputDir, _answers.Count == 2 ? Known(requests) : null);
        return summary;
    }

    // Demos of earlier versions left no mark, but only demos have an exact check.
    private static bool IsOfDemo(string folder) =>
        File.Exists(Path.Combine(folder, Mark))
        || (
            File.Exists(Path.Combine(folder, "summary.json"))
            && File.ReadAllText(Path.Combine(folder, "summary.json")).Contains("\"checks/passed\"", StringComparison.Ordinal)
        );

    private Dictionary<string, double> Checked(LanguageModel model, string[] requests)
    {
        GroupTokenizer tokenizer = model.Files.GroupTokenizer();
        IReadOnlyList<int>[] prompts =
        [
            .. requests.Select(r => (IReadOnlyList<int>)tokenizer.Prompt([new ChatMessage("user", r)])),
        ];
        IReadOnlyList<GeneratedAnswer> answers = new TextGenerator(model).Generate(
            prompts,
            new SamplingSettings { MaxNewTokens = 40 }
        );
        string[] texts = [.. answers.Select(a => model.Files.Tokenizer.Decode([.. a.Ids], skipSpecialTokens: true))];
        _answers.Add(texts);
        return new Dictionary<string, double>
        {
            ["checks/passed"] = requests.Where((r, i) => DemoTasks.Passes(r, texts[i])).Count() / (double)requests.Length,
        };
    }

    private void ShowAnswers(string[] requests)
    {
        Table table = new Table()
            .Border(TableBorder.Simple)
            .AddColumn("request (held out)")
            .AddColumn("before")
            .AddColumn("after");
        foreach (IGrouping<string, int> kind in Enumerable.Range(0, requests.Length).GroupBy(i => DemoTasks.Of(requests[i]).Name))
        {
            int i = kind.First();
            table.AddRow(Markup.Escape(requests[i]), Judged(requests[i], _answers[0][i]), Judged(requests[i], _answers[1][i]));
        }
        console.WriteTable(table);
        table = new Table().Border(TableBorder.Simple).AddColumn("exact check, by kind").AddColumn("before").AddColumn("after");
        foreach (IGrouping<string, int> kind in Enumerable.Range(0, requests.Length).GroupBy(i => DemoTasks.Of(requests[i]).Name))
        {
            string Passed(string[] answers) => $"{kind.Count(i => DemoTasks.Passes(requests[i], answers[i]))} of {kind.Count()}";
            table.AddRow(kind.Key, Passed(_answers[0]), Passed(_answers[1]));
        }
        console.WriteTable(table);
    }

    private static string Judged(string request, string answer) =>
        DemoTasks.Passes(request, answer)
            ? $"[green]right[/]  {Markup.Escape(answer)}"
            : $"[red]wrong[/]  {Markup.Escape(answer)}";

    // Requests that the trained model answers correctly; preferably those that it did not before.
    private string? Known(string[] requests) =>
        requests
            .Where((r, i) => DemoTasks.Passes(r, _answers[1][i]))
            .OrderBy(r => DemoTasks.Passes(r, _answers[0][Array.IndexOf(requests, r)]))
            .FirstOrDefault();

    private void ShowNext(string outputDir, string? known)
    {
        string run = outputDir.Contains(' ', StringComparison.Ordinal) ? $"\"{outputDir}\"" : outputDir;
        if (known is not null)
        {
            console.WriteLine($"Next, ask it what it has learnt; the right answer here is \"{DemoTasks.Right(known)}\":");
            console.WriteLine($"  simper generate {run} --prompt \"{known}\"");
            console.WriteLine($"  simper chat {run}");
        }
        console.WriteLine("Which pairs were learned, which are likely mislabelled:");
        console.WriteLine($"  simper ledger {run}");
        console.WriteLine("With a model and data of your own:");
        console.WriteLine("  simper data show pairs.jsonl --model_name_or_path path/to/model");
        console.WriteLine(
            "  simper train --model_name_or_path path/to/model --dataset_name pairs.jsonl --learning_rate 1e-5 "
                + "--output_dir runs/mine"
        );
    }
}
