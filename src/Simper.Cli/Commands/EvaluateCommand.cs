using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Runs;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper evaluate</summary>
internal static class EvaluateCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command(
            "evaluate",
            "Score the pairs of a file: --model_name_or_path M --dataset_name FILE --output_dir O. Writes the figures "
                + "that a run writes, as O/summary.json."
        )
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        command.Arguments.Add(RecipeWords.Argument("Keys of a recipe: --max_length 2048, --loss_type dpo, ..."));
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    var notes = new List<string>();
                    Recipe recipe = RecipeWords.Read(parsed, notes);
                    foreach (string note in notes)
                        console.WriteLine(note);
                    foreach (
                        (string key, string value) in (ReadOnlySpan<(string, string)>)
                            [
                                ("model_name_or_path", recipe.ModelNameOrPath),
                                ("dataset_name", recipe.DatasetName),
                                ("output_dir", recipe.OutputDir),
                            ]
                    )
                    {
                        if (value.Length == 0)
                            throw new SimperException($"--{key} is missing.");
                    }
                    if (File.Exists(Path.Combine(recipe.OutputDir, "recipe.yaml")))
                        throw new SimperException(
                            $"{recipe.OutputDir} holds a run, whose summary.json would be replaced; give another output_dir."
                        );
                    if (!recipe.OverwriteOutputDir && File.Exists(Path.Combine(recipe.OutputDir, "summary.json")))
                        throw new SimperException(
                            $"{recipe.OutputDir} holds an earlier evaluation; give another output_dir, or "
                                + "overwrite_output_dir: true."
                        );
                    OutputFolder.Expect(recipe.OutputDir, FolderKind.Evaluation, bytes: 1 << 16);
                    JsonObject figures = ErrorNotes.Folder(recipe.OutputDir, () => Evaluate(recipe, console, cancel));
                    Directory.CreateDirectory(recipe.OutputDir);
                    WholeFile.Write(
                        Path.Combine(recipe.OutputDir, "summary.json"),
                        figures.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }) + "\n"
                    );
                    foreach ((string name, JsonNode? value) in figures)
                        console.WriteLine($"{name}: {value?.ToJsonString() ?? "-"}");
                    return 0;
                })
        );
        return command;
    }

    private static JsonObject Evaluate(Recipe recipe, IAnsiConsole console, CancellationToken cancel)
    {
        long started = Stopwatch.GetTimestamp();
        recipe.Tokenization.Validate();
        PreferenceDataset rows = PreferenceDataset.Open(recipe.DatasetName, recipe.Compatibility);
        string path = RunFolder.TextModelOf(recipe.ModelNameOrPath);
        if (RunState.Of(recipe.ModelNameOrPath)?.Note(recipe.ModelNameOrPath) is { } note)
            console.WriteLine(note);
        Precision precision = recipe.Dtype ?? PrecisionProbe.Measure(LanguageModel.WidthOf(path)).Faster;
        using LanguageModel model = LanguageModel.Load(path, precision, trainable: false);
        TokenizedDataset tokens = TokenizedDataset.Of(
            rows,
            model.Files.GroupTokenizer(recipe.Tokenization, new TrainingRun(recipe).Templates(model.Files))
        );
        foreach (string line in tokens.Report())
            console.WriteLine(line);
        if (tokens.Count == 0)
            throw new SimperException($"{recipe.DatasetName}: none of its rows can be scored.");
        IReadOnlyList<TokenizedGroup> groups = recipe.Objective.Arrange(tokens, recipe.TrainBatchSize, recipe.MaxLength);
        if (recipe.Objective.NeedsReference)
            console.WriteLine(
                $"loss_type {recipe.Objective.Name}: the model is its own reference here, so all log-ratios and rewards are 0."
            );
        ReferenceScores? references = recipe.Objective.NeedsReference
            ? ReferenceScores.Of(model, groups, needs: recipe.Objective.Needs, cancel: cancel)
            : null;
        PreferenceMetrics metrics = PreferenceEvaluation.Run(
            model,
            groups,
            recipe.Objective,
            references,
            recipe.EvalBatchSize,
            cancel: cancel
        );
        JsonObject figures = RunSummary.Figures(metrics);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        figures["seconds"] = Math.Round(seconds, 3);
        figures["pairs_per_second"] = metrics.Pairs / seconds;
        figures["peak_memory_bytes"] = ProcessMemory.Peak();
        return figures;
    }
}
