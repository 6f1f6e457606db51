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
/// folder as it goes on; arms completed earlier are read, not run again. Not thread safe; owns its folder.
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
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, or the folder holds something
    /// else.</exception>
    public static Experiment Open(Recipe recipe, ExperimentSettings settings)
    {
        RunSetup.ExpectGiven(
            ("model_name_or_path", recipe.ModelNameOrPath),
            ("dataset_name", recipe.DatasetName),
            ("output_dir", recipe.OutputDir)
        );
        if (recipe.SyncRefModel)
            throw new SimperException("sync_ref_model is true, but arms are held to the same start; remove the key.");
        RunInputs.ExpectOutside(recipe);
        ExperimentFolder folder = ExperimentFolder.Take(recipe.OutputDir);
        try
        {
            return Open(recipe, settings, folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    private static Experiment Open(Recipe recipe, ExperimentSettings settings, ExperimentFolder folder)
    {
        OperatorCheck.Run();
        using var setup = new RunSetup(recipe);
        Precision precision = setup.Policy.Precision;
        ExperimentPairs pairs = ExperimentPairs.Read(setup, settings);
        string[] notes =
        [
            $"{recipe.ModelNameOrPath}: {setup.Policy.ParameterCount / 1e6:N1} M parameters, {precision}",
            .. pairs.Report,
            $"measured: {pairs.HeldOut.Count} held-out pairs, {pairs.TrainSample.Count} of the training pairs",
        ];
        folder.ExpectSpace(pairs.BytesOfMeasurement * (settings.Points + 1)); // of one arm at least
        folder.Share(Shared(recipe with { Dtype = precision }, settings, pairs, setup.Policy), recipe.OverwriteOutputDir);
        return new Experiment(recipe, settings, precision, pairs, folder, notes);
    }

    /// <summary>Runs the missing arms, and reports on all.</summary>
    /// <param name="arms">Each once.</param>
    /// <param name="further">Arms to come in later calls, for the estimate of the time left.</param>
    /// <param name="cancel">Stops between two steps; the arm is restarted next time.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<ExperimentEvent> Run(IReadOnlyList<Arm> arms, int further = 0, CancellationToken cancel = default)
    {
        var missing = new List<Arm>();
        foreach (Arm arm in arms)
        {
            RecipeSchedule.Expect(_recipe with { LearningRate = arm.LearningRate }, arm.Name);
            if (Folder.Finished(arm, Text(arm.Spec.Objective)) is { } kept)
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
        long started = Stopwatch.GetTimestamp();
        _running.Start();
        Folder.Begin(arm, Text(arm.Spec.Objective));
        Recipe pairwise = _recipe with { Objective = arm.Spec.Objective, LearningRate = arm.LearningRate };
        var rows = new ArmRows(pairwise);
        // The same number of pairs per step, whatever they are split into.
        Recipe recipe = pairwise with
        {
            TrainBatchSize = rows.PerPair * _recipe.TrainBatchSize,
            EvalBatchSize = rows.PerPair * _recipe.EvalBatchSize,
        };
        using RunSetup setup = SetUp(arm, recipe, rows);
        MemoryPlan plan = setup.PlanMemory();
        if (recipe.Objective.NeedsReference)
            setup.HoldTo(_references.Of(arm, setup, [.. setup.HeldOut!, .. rows.Of(_pairs.TrainSample)], cancel));
        Trainer trainer = setup.MakeTrainer(plan);

        var measured = new List<Measurement>();
        string? diverged = null;
        foreach (Measurement measurement in Measure(setup, rows, 0, cancel))
        {
            if (!measurement.IsFinite)
                throw new SimperException(
                    $"{_recipe.ModelNameOrPath} gives log-probs that are not finite before it is trained; try dtype "
                        + "float32, or another model."
                );
            Folder.Append(arm, measurement.ToJson());
            measured.Add(measurement);
            yield return new ExperimentEvent.Measured(arm, measurement);
        }
        if (setup.Rates.Note() is { } note)
            yield return new ExperimentEvent.Message($"{arm.Name}: {note}");
        int every = _settings.Every > 0 ? _settings.Every : Math.Max(1, trainer.TotalSteps / _settings.Points);
        using IEnumerator<StepReport> steps = trainer.Steps(cancel).GetEnumerator();
        for (int step = 1; step <= trainer.TotalSteps && (diverged = Advance(steps)) is null; step++)
        {
            cancel.ThrowIfCancellationRequested();
            if (step % every == 0 || step == trainer.TotalSteps)
            {
                IReadOnlyList<Measurement> found = Measure(setup, rows, step, cancel);
                if (!found.All(m => m.IsFinite))
                {
                    diverged = $"After step {step} a log-prob of the measured pairs is not finite.";
                    break;
                }
                foreach (Measurement measurement in found)
                {
                    Folder.Append(arm, measurement.ToJson());
                    measured.Add(measurement);
                    yield return new ExperimentEvent.Measured(arm, measurement);
                }
            }
            yield return new ExperimentEvent.Progress(
                arm,
                before + 1,
                arms,
                step,
                trainer.TotalSteps,
                Left((double)step / trainer.TotalSteps, arms - before + further)
            );
        }
        cancel.ThrowIfCancellationRequested();

        IReadOnlyList<JsonObject> answers =
            diverged is null && _settings.Answers > 0
                ? SampleAnswers.Of(
                    setup.Policy,
                    [.. _pairs.HeldOut.Skip(_pairs.HeldOut.Count / 2)],
                    _settings.Answers,
                    _settings.AnswerTokens,
                    "after"
                )
                : [];
        foreach (JsonObject answer in answers)
            Folder.Append(arm, answer);
        var trajectory = new Trajectory
        {
            Arm = arm,
            Measurements = measured,
            Diverged = diverged,
            Answers = [.. answers.Select(a => SampleRecord.Read(a, arm.Name))],
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        };
        Folder.End(trajectory);
        _running.Stop();
        _armsRun++;
        yield return new ExperimentEvent.ArmFinished(trajectory, Kept: false);
    }

    // Divergence is a result here; any other error is not.
    private static string? Advance(IEnumerator<StepReport> steps)
    {
        try
        {
            _ = steps.MoveNext();
            return null;
        }
        catch (DivergedException e)
        {
            return e.Message;
        }
    }

    private IReadOnlyList<Measurement> Measure(RunSetup setup, ArmRows rows, int step, CancellationToken cancel)
    {
        var found = new List<Measurement>();
        foreach (
            (PairSet set, IReadOnlyList<TokenizedGroup> pairs) in (ReadOnlySpan<(PairSet, IReadOnlyList<TokenizedGroup>)>)
                [(PairSet.HeldOut, _pairs.HeldOut), (PairSet.Train, _pairs.TrainSample)]
        )
        {
            if (pairs.Count == 0)
                continue;
            PreferenceMetrics metrics = setup.Evaluate(rows.Of(pairs), cancel);
            found.Add(new Measurement(step, set, rows.Join(metrics.Outcomes)));
        }
        return found;
    }

    // The initial weights are the recipe's, random ones drawn from its seed; the arm's own seed orders the pairs, and every step
    // sees the same pairs as that step of the other arms, whatever they are split into.
    private RunSetup SetUp(Arm arm, Recipe recipe, ArmRows rows) =>
        new(recipe)
        {
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

    private TimeSpan Left(double ofThisArm, int armsFromThis)
    {
        double done = _armsRun + ofThisArm;
        return TimeSpan.FromSeconds(Math.Min(1e8, _running.Elapsed.TotalSeconds / done * (armsFromThis - ofThisArm)));
    }

    /// <summary>All hyperparameters of an objective.</summary>
    private string Text(Objective objective) =>
        string.Join(", ", RecipeObjectives.Write(objective, _recipe.Catalog).Select(k => $"{k.Key}: {k.Value}"));

    private static JsonObject Shared(Recipe recipe, ExperimentSettings settings, ExperimentPairs pairs, LanguageModel model)
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
        ];
        var json = new JsonObject();
        foreach ((string key, string value) in recipe.Values().Where(v => !others.Contains(v.Key)))
            json[key] = value;
        json["rows"] = pairs.Fingerprint;
        json["weights"] = model.Fingerprint();
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
