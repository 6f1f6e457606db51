using System.Diagnostics;
using Simper.Runs;
using Simper.Runs.Resuming;
using Simper.Training;

namespace Simper.Experiments;

/// <summary>
/// How an arm that was stopped goes on: a checkpoint in the form of a run's (<see cref="RunCheckpoint"/>) beside the arm's file,
/// one at a time, written when the arm is stopped and as often as the recipe says; removed when the arm is done.
/// </summary>
/// <param name="file">The arm's file.</param>
/// <param name="experiment">A hash of what the experiment's arms share, model and rows among it.</param>
/// <param name="setup">The arm's components.</param>
internal sealed class ArmSaving(ArmFile file, string experiment, RunSetup setup)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _earlier;

    /// <summary>Whether checkpoints are written at all.</summary>
    public bool IsOn => setup.Recipe.SaveStrategy != SaveStrategy.No;

    /// <summary>Time in the arm, that of earlier processes included.</summary>
    public TimeSpan Elapsed => _earlier + Stopwatch.GetElapsedTime(_started);

    // Without what changes no number of an arm; model and rows are compared by the experiment.
    private string Recipe
    {
        get
        {
            var usual = new Recipe();
            return (
                setup.Recipe with
                {
                    Dtype = setup.Policy.Precision,
                    LoggingSteps = usual.LoggingSteps,
                    EvalSteps = usual.EvalSteps,
                    Samples = usual.Samples,
                    SampleTokens = usual.SampleTokens,
                }
            ).ToYaml();
        }
    }

    /// <summary>Where the arm was stopped; null if it begins anew. Its file is as it was then.</summary>
    /// <param name="notes">Receives why a checkpoint is not used, and what is different without changing the arm.</param>
    /// <exception cref="SimperException">It is of an arm with other settings.</exception>
    public RunCheckpoint? Find(ICollection<string> notes)
    {
        string path = file.CheckpointPath;
        if (!Directory.Exists(path) || !file.IsSame() || Whole(path, notes) is not { } found)
            return null;
        foreach (string note in RunIdentity.Expect(path, found.Position, Recipe, experiment, experiment).Notes)
            notes.Add(note);
        if (!file.Cut(found.Position.Logs))
        {
            notes.Add("its file is shorter than when its checkpoint was written; the arm begins anew");
            return null;
        }
        setup.HoldToPasses(found.Position.Passes.TokensPerScoringPass);
        _earlier = TimeSpan.FromTicks(found.Position.Totals.TrainingTicks);
        return found;
    }

    /// <summary>Whether a checkpoint is to be written after a step.</summary>
    public bool IsDue(int step) => IsOn && step % RunSaving.IntervalOf(setup) == 0 && step < setup.TotalSteps;

    /// <summary>Writes one.</summary>
    /// <exception cref="SimperException">It could not be written.</exception>
    public void Save(Trainer trainer, MemoryPlan plan, int step)
    {
        using StateSnapshot state = trainer.State!.Snapshot(copies: false);
        RunCheckpoint.Write(
            file.CheckpointPath,
            state,
            new RunPosition
            {
                Step = step,
                Recipe = Recipe,
                Model = experiment,
                Data = experiment,
                Program = RunIdentity.Program(),
                Passes = PassSizes.Of(plan, setup),
                Logs = file.Settle(),
                Totals = new RunTotals { TrainingTicks = Elapsed.Ticks, Steps = step },
            }
        );
    }

    // A damaged one costs the arm's time, no more.
    private static RunCheckpoint? Whole(string path, ICollection<string> notes)
    {
        try
        {
            return RunCheckpoint.Open(path);
        }
        catch (SimperException e)
        {
            notes.Add($"{e.Message.TrimEnd('.')}; the arm begins anew");
            return null;
        }
    }
}
