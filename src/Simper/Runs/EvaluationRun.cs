using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// Evaluates a recipe's model on all rows of its data, without training; <c>summary.json</c> of the output folder has the figures
/// that a run writes. An iterator of events; the caller displays them. Only <see cref="RunEvent.Message"/> and, as the last,
/// <see cref="RunEvent.Judged"/> occur.
/// </summary>
public sealed class EvaluationRun(Recipe recipe)
{
    private const long Bytes = 1 << 16;

    /// <summary>Evaluates.</summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, or the folder cannot be written:
    /// its contents are unchanged.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<RunEvent> Events(CancellationToken cancel = default)
    {
        Validate();
        using OutputFolder folder = OutputFolder.Take(recipe.OutputDir, FolderKind.Evaluation, Bytes);
        long started = Stopwatch.GetTimestamp();
        OperatorCheck.Run();
        using var setup = new RunSetup(recipe.WithoutHeldOut() with { FromScratch = false })
        {
            ForScoring = true,
            Cancel = cancel,
        };
        _ = setup.Rows; // a mistake in the data is found before the model is read
        if (RunState.Of(recipe.ModelNameOrPath)?.Note(recipe.ModelNameOrPath) is { } note)
            yield return new RunEvent.Message(note);
        foreach (string line in setup.TrainTokens.Report())
            yield return new RunEvent.Message(line);
        if (setup.TrainTokens.Count == 0)
            throw new SimperException($"{recipe.DataName}: none of its rows can be scored.");
        IReadOnlyList<TokenizedGroup> groups = setup.Train;
        if (setup.Objective.NeedsReference)
        {
            yield return new RunEvent.Message(
                $"loss_type {setup.Objective.Name}: the model is its own reference here, so all log-ratios and rewards are 0."
            );
            setup.HoldTo(setup.Score(groups, cancel));
        }
        PreferenceMetrics metrics = setup.Evaluate(groups, cancel);
        JsonObject figures = RunSummary.Figures(metrics);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        figures["seconds"] = Math.Round(seconds, 3);
        figures["pairs_per_second"] = metrics.Pairs / seconds;
        figures["peak_memory_bytes"] = ProcessMemory.Peak();
        WholeFile.Write(Path.Combine(folder.Path, "summary.json"), ReadableJson.Indented(figures));
        yield return new RunEvent.Judged(figures);
    }

    private void Validate()
    {
        foreach (
            (string key, string value) in (ReadOnlySpan<(string, string)>)
                [
                    ("model_name_or_path", recipe.ModelNameOrPath),
                    ("dataset_name", recipe.DataName),
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
                $"{recipe.OutputDir} holds an earlier evaluation; give another output_dir, or overwrite_output_dir: true."
            );
    }
}
