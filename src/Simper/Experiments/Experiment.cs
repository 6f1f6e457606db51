using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Objectives;
using Simper.Reports;
using Simper.Runs;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>
/// Training runs that differ only in objective, learning rate and seed: the same initial weights, the same pairs in the same
/// order for a seed, the same number of steps, and the same fixed pairs measured at the same steps. Every arm is recorded in the
/// folder as it goes on; arms completed earlier are read, not run again, and one that was stopped goes on where it was. Not
/// thread safe; owns its folder.
/// </summary>
public sealed class Experiment : IDisposable
{
    private readonly Recipe _recipe;
    private readonly ExperimentSettings _settings;
    private readonly Precision _precision;
    private readonly ExperimentPairs _pairs;
    private readonly SharedReferences _references = new();
    private readonly Stopwatch _running = new(); // while arms run, for the time estimate
    private double _armsRun;

    private Experiment(
        Recipe recipe,
        ExperimentSettings settings,
        Precision precision,
        ExperimentPairs pairs,
        ExperimentFolder folder,
        IReadOnlyList<string> notes
    ) => (_recipe, _settings, _precision, _pairs, Folder, Notes) = (recipe, settings, precision, pairs, folder, notes);

    /// <summary>Model and data in a few lines, for readers.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Rows of the held-out pairs that are measured, in the order of all measurements.</summary>
    public IReadOnlyList<int> HeldOutRows => [.. _pairs.HeldOut.Select(g => g.Row)];

    internal ExperimentFolder Folder { get; }

    /// <summary>Reads model and data, and claims the folder.</summary>
    /// <param name="recipe">What all arms share; its objective, learning rate and seed of the order are the arms'.</param>
    /// <param name="settings">What is measured, and how often.</param>
    /// <param name="cancel">Stops reading and loading.</param>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, the folder holds something else, or
    /// nothing, where there is to be something to go on with (<c>resume_from_checkpoint</c>).</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static Experiment Open(Recipe recipe, ExperimentSettings settings, CancellationToken cancel = default)
    {
        RunSetup.ExpectGiven(
            ("model_name_or_path", recipe.ModelNameOrPath),
            ("dataset_name", recipe.DataName),
            ("output_dir", recipe.OutputDir)
        );
        if (recipe.SyncRefModel)
            throw new SimperException("sync_ref_model is true, but arms are held to the same start; remove the key.");
        if (recipe.ResumeFromCheckpoint is not (null or "true"))
            throw new SimperException(
                $"resume_from_checkpoint is {recipe.ResumeFromCheckpoint}; an experiment goes on in its own folder, arm by arm: "
                    + "give true (--resume), or nothing."
            );
        RunInputs.ExpectOutside(recipe);
        ExperimentFolder folder = ExperimentFolder.Take(recipe.OutputDir);
        try
        {
            if (recipe.ResumeFromCheckpoint is not null)
                folder.ExpectBegun();
            return Open(recipe with { ResumeFromCheckpoint = null }, settings, folder, cancel);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static Experiment Open(Recipe recipe, ExperimentSettings settings, ExperimentFolder folder, CancellationToken cancel)
    {
        OperatorCheck.Run();
        using var setup = new RunSetup(recipe) { Cancel = cancel };
        Precision precision = setup.Policy.Precision;
        ExperimentPairs pairs = ExperimentPairs.Read(setup, settings);
        string[] notes =
        [
            $"{recipe.ModelNameOrPath}: {setup.Policy.ParameterCount / 1e6:N1} M parameters, {precision}",
            .. pairs.Report,
            $"measured: {pairs.HeldOut.Count} held-out pairs, {pairs.TrainSample.Count} of the training pairs",
        ];
        folder.ExpectSpace(pairs.BytesOfMeasurement * (settings.Points + 1)); // of one arm at least
        folder.Share(
            Shared(recipe with { Dtype = precision }, settings, pairs, setup.Policy.Fingerprint(cancel)),
            recipe.OverwriteOutputDir
        );
        return new Experiment(recipe, settings, precision, pairs, folder, notes);
    }

    /// <summary>Runs the missing arms, and reports on all.</summary>
    /// <param name="arms">Each once.</param>
    /// <param name="further">Arms to come in later calls, for the estimate of the time left.</param>
    /// <param name="cancel">Stops between two steps or passes; the arm goes on next time from where it was.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<ExperimentEvent> Run(IReadOnlyList<Arm> arms, int further = 0, CancellationToken cancel = default)
    {
        var missing = new List<Arm>();
        foreach (Arm arm in arms)
        {
            RecipeSchedule.Expect(_recipe with { LearningRate = arm.LearningRate }, arm.Name);
            if (FileOf(arm).Finished() is { } kept)
                yield return new ExperimentEvent.ArmFinished(kept, Kept: true);
            else
                missing.Add(arm);
        }
        for (int i = 0; i < missing.Count; i++)
        {
            foreach (ExperimentEvent happened in RunArm(missing[i], i, missing.Count, further, cancel))
                yield return happened;
            _references.Drop(missing.Skip(i + 1));
        }
    }

    private IEnumerable<ExperimentEvent> RunArm(Arm arm, int before, int arms, int further, CancellationToken cancel)
    {
        _running.Start();
        Recipe pairwise = _recipe with { Objective = arm.Spec.Objective, LearningRate = arm.LearningRate };
        var rows = new ArmRows(pairwise);
        // The same number of pairs per step, whatever they are split into.
        Recipe recipe = pairwise with
        {
            TrainBatchSize = rows.PerPair * _recipe.TrainBatchSize,
            EvalBatchSize = rows.PerPair * _recipe.EvalBatchSize,
        };
        using RunSetup setup = SetUp(arm, recipe, rows, cancel);
        var run = new ArmRun(arm, setup, rows, _pairs, _settings)
        {
            File = FileOf(arm),
            Saving = new ArmSaving(FileOf(arm), Folder.Identity, setup),
            References = _references,
            Progress = (first, step, steps) =>
                new ExperimentEvent.Progress(
                    arm,
                    before + 1,
                    arms,
                    step,
                    steps,
                    Left((double)(step - first) / steps, arms - before + further - (double)step / steps)
                ),
        };
        foreach (ExperimentEvent happened in run.Events(cancel))
            yield return happened;
        _running.Stop();
        _armsRun++;
    }

    // The initial weights are the recipe's, random ones drawn from its seed; the arm's own seed orders the pairs, and every step
    // sees the same pairs as that step of the other arms, whatever they are split into.
    private RunSetup SetUp(Arm arm, Recipe recipe, ArmRows rows, CancellationToken cancel) =>
        new(recipe)
        {
            Cancel = cancel,
            Precision = _precision,
            Train = rows.Of(_pairs.Train),
            HeldOut = rows.Of(_pairs.HeldOut),
            Order = new DataOrder(
                _pairs.Train,
                _recipe.TrainBatchSize * _recipe.GradientAccumulationSteps,
                arm.Seed,
                _recipe.Shuffle
            ).Select(rows.Of),
        };

    // Both in arms: what was done here of the current one, and what is still to be done.
    private TimeSpan Left(double done, double left) =>
        TimeSpan.FromSeconds(Math.Min(1e8, _running.Elapsed.TotalSeconds / (_armsRun + done) * left));

    private ArmFile FileOf(Arm arm) =>
        new(
            Folder,
            arm,
            string.Join(", ", RecipeObjectives.Write(arm.Spec.Objective, _recipe.Catalog).Select(k => $"{k.Key}: {k.Value}"))
        );

    private static JsonObject Shared(Recipe recipe, ExperimentSettings settings, ExperimentPairs pairs, string weights)
    {
        // What belongs to the arms, and what does not change a number.
        string[] others =
        [
            "learning_rate",
            "output_dir",
            "overwrite_output_dir",
            "cache_dir",
            "logging_steps",
            "eval_steps",
            "samples",
            "sample_tokens",
            "save_strategy",
            "save_steps",
            "save_total_limit",
            "resume_from_checkpoint",
        ];
        var json = new JsonObject();
        foreach ((string key, string value) in recipe.Values().Where(v => !others.Contains(v.Key)))
            json[key] = value;
        json["rows"] = pairs.Fingerprint;
        json["weights"] = weights;
        json["measured_every"] = settings.Every;
        json["measured_times"] = settings.Points;
        json["measured_held_out"] = pairs.HeldOut.Count;
        json["measured_train"] = pairs.TrainSample.Count;
        json["answers"] = settings.Answers;
        json["answer_tokens"] = settings.AnswerTokens;
        return json;
    }

    public void Dispose() => Folder.Dispose();
}
