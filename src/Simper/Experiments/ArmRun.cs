using System.Text.Json.Nodes;
using Simper.Objectives;
using Simper.Reports;
using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>
/// One arm of an experiment: trained from its start, or from where it was stopped, and measured on the way; everything into its
/// file. Once.
/// </summary>
/// <param name="arm">The arm.</param>
/// <param name="setup">Its components.</param>
/// <param name="rows">How its objective takes pairs.</param>
/// <param name="pairs">The experiment's pairs.</param>
/// <param name="settings">What is measured.</param>
internal sealed class ArmRun(Arm arm, RunSetup setup, ArmRows rows, ExperimentPairs pairs, ExperimentSettings settings)
{
    private readonly List<Measurement> _measured = [];
    private int _told;
    private string? _diverged;

    /// <summary>Where it is recorded.</summary>
    public required ArmFile File { get; init; }

    /// <summary>How it goes on after a stop.</summary>
    public required ArmSaving Saving { get; init; }

    /// <summary>The references of all arms.</summary>
    public required SharedReferences References { get; init; }

    /// <summary>The event after a step: the step from which the arm began here, the step, and the number of steps.</summary>
    public required Func<int, int, int, ExperimentEvent> Progress { get; init; }

    /// <summary>Runs it.</summary>
    /// <exception cref="SimperException">The log-probs of the start are not finite, or the folder cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; with a checkpoint, if a step was made.</exception>
    public IEnumerable<ExperimentEvent> Events(CancellationToken cancel)
    {
        var notes = new List<string>();
        RunCheckpoint? from = Saving.Find(notes);
        foreach (string note in notes)
            yield return new ExperimentEvent.Message($"{arm.Name}: {note}");
        MemoryPlan plan = setup.PlanMemory();
        plan = from?.Position.Passes.In(plan) ?? plan;
        if (setup.Objective.NeedsReference)
            setup.HoldTo(References.Of(arm, setup, [.. setup.HeldOut!, .. rows.Of(pairs.TrainSample)], cancel));
        Trainer trainer = setup.MakeTrainer(plan);
        int first = from?.Position.Step ?? 0;
        if (from is null)
            Begin(cancel);
        else
            Continue(first);
        foreach (ExperimentEvent happened in Untold())
            yield return happened;
        if (from is not null)
            yield return new ExperimentEvent.Message($"{arm.Name}: goes on after step {first} of {trainer.TotalSteps}");
        if (setup.Rates.Note() is { } rates)
            yield return new ExperimentEvent.Message($"{arm.Name}: {rates}");

        int every = settings.Every > 0 ? settings.Every : Math.Max(1, trainer.TotalSteps / settings.Points);
        bool IsMeasured(int step) => step % every == 0 || step == trainer.TotalSteps;
        void Restore(TrainingState state)
        {
            from!.Restore(state);
            if (IsMeasured(first) && _measured[^1].Step < first) // it was stopped in between
                Record(first, cancel);
        }
        using IEnumerator<StepReport> steps = trainer.StepsFrom(from is null ? null : Restore).GetEnumerator();
        if (first == trainer.TotalSteps)
            Advance(steps); // restores only
        for (int step = first + 1; step <= trainer.TotalSteps && _diverged is null; step++)
        {
            Advance(steps);
            bool isWhole = _diverged is not null || !IsMeasured(step) || IsDone(() => Record(step, cancel));
            foreach (ExperimentEvent happened in Untold())
                yield return happened;
            if (_diverged is not null)
                break;
            if (!isWhole || cancel.IsCancellationRequested)
                throw Stopped(trainer, plan, step, cancel);
            if (Saving.IsDue(step))
                Saving.Save(trainer, plan, step);
            yield return Progress(first, step, trainer.TotalSteps);
        }
        foreach (ExperimentEvent happened in Untold())
            yield return happened;

        IReadOnlyList<JsonObject> answers = [];
        if (_diverged is null && settings.Answers > 0 && !IsDone(() => answers = Answers(cancel)))
        {
            if (first == trainer.TotalSteps)
                cancel.ThrowIfCancellationRequested(); // the checkpoint that it went on from is that of this step
            throw Stopped(trainer, plan, trainer.TotalSteps, cancel);
        }
        foreach (JsonObject answer in answers)
            File.Append(answer);
        var trajectory = new Trajectory
        {
            Arm = arm,
            Measurements = _measured,
            Diverged = _diverged,
            Answers = [.. answers.Select(a => SampleRecord.Read(a, arm.Name))],
            Seconds = Saving.Elapsed.TotalSeconds,
        };
        File.End(trajectory);
        yield return new ExperimentEvent.ArmFinished(trajectory, Kept: false);
    }

    private void Begin(CancellationToken cancel)
    {
        File.Begin();
        Record(0, cancel);
        if (_diverged is not null)
            throw new SimperException(
                $"{setup.Recipe.ModelNameOrPath} gives log-probs that are not finite before it is trained; try dtype float32, or "
                    + "another model."
            );
    }

    private void Continue(int first)
    {
        _measured.AddRange(File.Measurements().Where(m => m.Step <= first));
        _told = _measured.Count;
    }

    private IEnumerable<ExperimentEvent> Untold()
    {
        while (_told < _measured.Count)
            yield return new ExperimentEvent.Measured(arm, _measured[_told++]);
    }

    // Divergence is a result here; any other error is not.
    private void Advance(IEnumerator<StepReport> steps)
    {
        try
        {
            _ = steps.MoveNext();
        }
        catch (DivergedException e)
        {
            _diverged = e.Message;
        }
    }

    // All sets of a step, or none.
    private void Record(int step, CancellationToken cancel)
    {
        IReadOnlyList<Measurement> found = Measure(step, cancel);
        if (!found.All(m => m.IsFinite))
        {
            _diverged = $"After step {step} a log-prob of the measured pairs is not finite.";
            return;
        }
        foreach (Measurement measurement in found)
            File.Append(measurement.ToJson());
        _measured.AddRange(found);
    }

    private List<Measurement> Measure(int step, CancellationToken cancel)
    {
        var found = new List<Measurement>();
        foreach (
            (PairSet set, IReadOnlyList<TokenizedGroup> measured) in (ReadOnlySpan<(PairSet, IReadOnlyList<TokenizedGroup>)>)
                [(PairSet.HeldOut, pairs.HeldOut), (PairSet.Train, pairs.TrainSample)]
        )
        {
            if (measured.Count == 0)
                continue;
            PreferenceMetrics metrics = setup.Evaluate(rows.Of(measured), cancel);
            found.Add(new Measurement(step, set, rows.Join(metrics.Outcomes)));
        }
        return found;
    }

    private IReadOnlyList<JsonObject> Answers(CancellationToken cancel) =>
        SampleAnswers.Of(
            setup.Policy,
            [.. pairs.HeldOut.Skip(pairs.HeldOut.Count / 2)],
            settings.Answers,
            settings.AnswerTokens,
            "after",
            cancel
        );

    private static bool IsDone(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private OperationCanceledException Stopped(Trainer trainer, MemoryPlan plan, int step, CancellationToken cancel)
    {
        if (Saving.IsOn)
            Saving.Save(trainer, plan, step);
        return new OperationCanceledException($"{arm.Name} was stopped after step {step}.", cancel);
    }
}
