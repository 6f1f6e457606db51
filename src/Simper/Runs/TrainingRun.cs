using System.Diagnostics;
using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Reports;
using Simper.Runs.Guards;
using Simper.Runs.Receipts;
using Simper.Runs.Resuming;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// Carries out a recipe: a <see cref="RunSetup"/>, evaluation before, training with evaluations in between, evaluation after,
/// everything written into the run's folder. An iterator of events; the caller displays them.
/// </summary>
public sealed class TrainingRun(Recipe recipe)
{
    /// <summary>An extra check before and after, beside the held-out pairs: the demo's exact check, for example.</summary>
    public Func<LanguageModel, IReadOnlyDictionary<string, double>>? Check { get; init; }

    /// <summary>A hidden, empty file that marks the folder's kind, such as the demo's.</summary>
    public string? Mark { get; init; }

    /// <summary>
    /// Runs. Cancellation stops between two steps, with a checkpoint; what was trained is still saved and evaluated. In an
    /// evaluation it stops between two passes, and the evaluation is made when the run goes on; after the last step the model is
    /// saved and no <see cref="RunEvent.Finished"/> occurs.
    /// </summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, or the folder cannot be written:
    /// then no step was made, and the folder's contents are unchanged. Or the model could not be saved.</exception>
    /// <exception cref="DivergedException">It diverged: there is a summary that says so, and no model.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before the first step.</exception>
    public IEnumerable<RunEvent> Events(CancellationToken cancel = default)
    {
        long started = Stopwatch.GetTimestamp();
        Validate();
        using RunFolder folder = RunFolder.Take(recipe.OutputDir, recipe.OverwriteOutputDir, Resumes);
        folder.ExpectSpace(RunSize.OfWeights(recipe));
        OperatorCheck.Run();
        var notes = new List<string>();
        RunCheckpoint? from = recipe.ResumeFromCheckpoint is { } wanted
            ? RunCheckpoints.Find(recipe.OutputDir, wanted, notes)
            : null;
        foreach (string note in notes)
            yield return new RunEvent.Message(note);
        using var setup = new RunSetup(recipe) { Cancel = cancel };
        foreach (string line in RunPreface.Lines(setup))
            yield return new RunEvent.Message(line);
        folder.ExpectSpace(RunSize.Of(setup));
        using var saving = new RunSaving(setup, folder);
        folder.ExpectSpace(saving.Bytes);
        var guards = new RunGuards(setup, folder, saving);
        using var recording = new RunRecording(setup, folder, saving);
        if (from is null)
            recording.Start();
        foreach (string note in from is null ? [] : saving.Expect(from))
            yield return new RunEvent.Message(note);
        if (from is not null)
            guards.Expect(from);

        setup.PlanMemory(); // refuses what will not fit before anything is computed
        setup.MakeReference(cancel);
        var evaluator = new RunEvaluator(setup, folder);
        RunEvaluator.Found? before = evaluator.Measure(0, 0, RunEvaluator.Before, cancel);
        guards.Prepare(before?.Metrics, cancel);
        IReadOnlyDictionary<string, double> checksBefore = Check?.Invoke(setup.Policy) ?? new Dictionary<string, double>();
        MemoryPlan plan = saving.Settle(setup.PlanMemory(), from);
        Trainer trainer = setup.MakeTrainer(plan);
        cancel.ThrowIfCancellationRequested();

        if (from is null)
        {
            folder.Begin();
            folder.Write("recipe.yaml", saving.Recipe);
            if (Mark is not null)
                folder.Write(Mark, "");
            if (before is not null)
                evaluator.Write(before);
        }
        else
        {
            folder.Continue(from.Position.Step, from.Position.Logs);
            if (saving.Overridden.Count > 0)
                folder.Write("recipe.yaml", saving.Recipe);
            yield return new RunEvent.Message(
                $"goes on after step {from.Position.Step} of {trainer.TotalSteps}, from {from.Path}"
            );
        }
        recording.Begin(plan, from);
        if (before is not null)
            yield return new RunEvent.Evaluation(before.When, before.Metrics);
        foreach (string said in guards.Begin(from))
            yield return new RunEvent.Message(said);
        if (recipe.MaxMemory is not null || plan.KeptTokens < plan.LongestGroup)
            yield return new RunEvent.Message(plan.ToString());
        var course = new RunProgress(setup.Policy, saving.Start, trainer.TotalSteps);
        MetricsWindow window = saving.Continue(from, course);
        cancel.ThrowIfCancellationRequested();
        folder.IsLenient = true;
        var untold = new List<RunEvent>();
        var divergence = new Divergence(recipe, folder, saving, guards, course) { Before = before?.Metrics };
        // Kept to the end: where the evaluation after training is stopped, a checkpoint of the last step is written.
        using IEnumerator<StepReport> steps = trainer
            .StepsFrom(Start, state => saving.SaveDiverged(state, course, window, guards))
            .GetEnumerator();
        (bool stops, bool isMissing) = (false, false);
        while (!stops && divergence.Advance(steps))
        {
            StepReport report = steps.Current;
            foreach (RunEvent happened in untold)
                yield return happened;
            untold.Clear();
            course.Add(report);
            window.Add(report);
            if (recipe.Ledger == LedgerScope.All)
                folder.Record(ledger => ledger.Add(report));
            if (!guards.HaveActed)
                recording.Add(report);
            Dictionary<string, double> metrics = window.Named();
            if (report.Number % recipe.LoggingSteps == 0 || report.Number == report.TotalSteps)
            {
                folder.Log(report.Number, report.Epoch, metrics);
                window = new MetricsWindow();
            }
            yield return new RunEvent.Step(report, metrics);
            if (course.NewFault(folder) is { } fault)
                yield return new RunEvent.Message($"{fault}; training goes on.");
            if (RunGuards.Note(report) is { } skipped)
                yield return new RunEvent.Message(skipped);
            PreferenceMetrics? between = null;
            isMissing = !guards.TryMeasure(report.Number, cancel);
            if (!isMissing && guards.Evaluates(report.Number))
            {
                between = UnlessStopped(() => EvaluateBetween(report.Number, report.Epoch));
                isMissing = between is null && cancel.IsCancellationRequested;
                if (between is not null)
                    yield return new RunEvent.Evaluation($"step {report.Number}", between);
            }
            if (!isMissing)
            {
                foreach (string said in guards.Check(report.Number, report.Epoch, trainer.State!, between))
                    yield return new RunEvent.Message(said);
            }
            stops = cancel.IsCancellationRequested && report.Number < report.TotalSteps;
            if (guards.IsDue(report.Number) || (stops && saving.IsOn))
                saving.Save(trainer.State!, course, window, guards, isMissing);
            divergence.ExpectNone();
            if (report.Number == report.TotalSteps)
                break;
        }
        saving.Finish();
        folder.Record(ledger => ledger.Write());
        foreach (RunEvent happened in untold)
            yield return happened;
        string weights = recording.Weights;
        if (guards.LoadBest(course) is { } best)
            yield return new RunEvent.Message(best);

        // The model first: whatever fails after it, the run is not lost.
        yield return new RunEvent.Message(course.Ending(guards.WeightsStep));
        string saved = ModelRescue.Save(setup.Policy, folder);
        if (saved != folder.ModelPath)
            yield return new RunEvent.Message($"the model could not be saved as {folder.ModelPath}, so it is in {saved}");
        recording.Finish(saved, course.Steps, weights);
        CancellationToken rest = stops ? CancellationToken.None : cancel;
        RunSummary? summary = ErrorNotes.Model(
            saved,
            () => UnlessStopped(() => Finish(setup, evaluator, guards, folder, course, before?.Metrics, checksBefore, rest))
        );
        if (summary is null)
        {
            if (saving.IsOn && from?.Position.Step != trainer.TotalSteps && !guards.IsDue(trainer.TotalSteps))
                saving.Save(trainer.State!, course, window, guards, isMissing);
            saving.Finish();
            yield return new RunEvent.Message(StoppedAfter(saved, course.NewFault(folder)));
            yield break;
        }
        if (summary.After is not null)
            yield return new RunEvent.Evaluation(RunEvaluator.After, summary.After);
        summary = summary with
        {
            ModelPath = saved,
            Overridden = recording.Overridden,
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
        };
        ErrorNotes.Model(saved, () => Tell(summary, folder));
        yield return new RunEvent.Finished(summary with { Unwritten = [.. folder.Faults] });

        PreferenceMetrics? EvaluateBetween(int step, double epoch) => Evaluate(evaluator, step, epoch, $"step {step}", cancel);
        void Start(TrainingState state)
        {
            guards.Start(from, state, course, window);
            if (from is not { Position: { EvaluationIsMissing: true } then })
                return;
            if (!guards.TryMeasure(then.Step, cancel))
                cancel.ThrowIfCancellationRequested();
            PreferenceMetrics? missed = guards.Evaluates(then.Step) ? EvaluateBetween(then.Step, then.Totals.Epoch) : null;
            if (missed is not null)
                untold.Add(new RunEvent.Evaluation($"step {then.Step}", missed));
            foreach (string said in guards.Check(then.Step, then.Totals.Epoch, state, missed))
                untold.Add(new RunEvent.Message(said));
            if (guards.IsDue(then.Step))
                saving.Save(state, course, window, guards);
            divergence.ExpectNone();
        }
    }

    private static PreferenceMetrics? Evaluate(
        RunEvaluator evaluator,
        int step,
        double epoch,
        string when,
        CancellationToken cancel,
        bool isLogged = false
    )
    {
        if (evaluator.Measure(step, epoch, when, cancel) is not { } found)
            return null;
        evaluator.Write(found, isLogged);
        return found.Metrics;
    }

    private RunSummary Finish(
        RunSetup setup,
        RunEvaluator evaluator,
        RunGuards guards,
        RunFolder folder,
        RunProgress course,
        PreferenceMetrics? before,
        IReadOnlyDictionary<string, double> checksBefore,
        CancellationToken cancel
    )
    {
        folder.DropReplaced();
        int step = guards.ModelStep ?? course.Steps;
        PreferenceMetrics? after = Evaluate(
            evaluator,
            step,
            setup.Order.EpochsBehind(step),
            RunEvaluator.After,
            cancel,
            isLogged: guards.ModelStep is not null
        );
        IReadOnlyDictionary<string, double> checksAfter = Check?.Invoke(setup.Policy) ?? new Dictionary<string, double>();
        return guards.Complete(
            course.Summary() with
            {
                Before = before,
                After = after,
                Data = DataFigures.Of(setup),
                Checks = checksBefore.ToDictionary(c => c.Key, c => (c.Value, checksAfter[c.Key])),
            }
        );
    }

    private static T? UnlessStopped<T>(Func<T?> work)
        where T : class
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private string StoppedAfter(string model, string? fault) =>
        $"stopped in the evaluation behind the last step; the model is trained to its end, and safe in {model}; "
        + (
            fault
            ?? (
                recipe.SaveStrategy == SaveStrategy.No
                    ? "without checkpoints (save_strategy) this run is not evaluated any more; simper evaluate scores its model"
                    : "resume_from_checkpoint: true makes the evaluation"
            )
        );

    private static bool Tell(RunSummary summary, RunFolder folder)
    {
        folder.Write("summary.json", summary.ToJson());
        folder.WriteReport();
        return folder.Faults.Count == 0;
    }

    private bool Resumes => recipe.ResumeFromCheckpoint is not null;

    private void Validate()
    {
        RunSetup.ExpectGiven(
            ("model_name_or_path", recipe.ModelNameOrPath),
            ("dataset_name", recipe.DataName),
            ("output_dir", recipe.OutputDir)
        );
        RunInputs.ExpectOutside(recipe);
        if (recipe.ResumeOverride != ResumeOverride.None && !Resumes)
            throw new SimperException(
                "resume_override says what may differ from a checkpoint, and there is none to go on from; add "
                    + "resume_from_checkpoint: true, or remove the key."
            );
        if (recipe.UsePeft && (recipe.SyncRefModel || recipe.FromScratch))
            throw new SimperException(
                $"{(recipe.SyncRefModel ? "sync_ref_model" : "from_scratch")} is there for models that train whole; remove it, "
                    + "or use_peft."
            );
        if (recipe.Quantisation.IsSet && !recipe.UsePeft)
            throw new SimperException(
                $"{(recipe.LoadIn4Bit ? "load_in_4bit" : "load_in_8bit")} is for models that do not train themselves; add "
                    + "use_peft: true to train an adapter over it, or remove the key."
            );
        if (recipe is { LoadIn4Bit: true, LoadIn8Bit: true })
            throw new SimperException("load_in_4bit and load_in_8bit are both true; leave one out.");
        if (recipe.SyncRefModel && !recipe.Objective.NeedsReference)
            throw new SimperException(
                $"sync_ref_model is true, but loss_type {recipe.Objective.Name} has no reference; remove the key."
            );
    }
}
