using System.Globalization;
using Simper.Runs.Guards;
using Simper.Training;

namespace Simper.Runs.Resuming;

/// <summary>
/// A run's side of its checkpoints: when one is due, what it says about the run, and how a run takes up where one left off.
/// </summary>
/// <param name="setup">The run's components.</param>
/// <param name="folder">Its folder.</param>
internal sealed class RunSaving(RunSetup setup, RunFolder folder) : IDisposable
{
    private readonly RunCheckpoints _checkpoints = new(
        folder,
        setup.Recipe.SaveTotalLimit == 0 ? null : setup.Recipe.SaveTotalLimit,
        setup.Recipe.MaxMemory ?? MemoryPlan.Available()
    );

    private ulong? _start;
    private string? _data;
    private MemoryPlan? _plan;
    private IReadOnlyList<string> _overridden = [];

    /// <summary>Whether checkpoints are written at all.</summary>
    public bool IsOn => setup.Recipe.SaveStrategy != SaveStrategy.No;

    /// <summary>The resolved recipe, as it is written into the folder.</summary>
    public string Recipe =>
        (
            setup.Recipe with
            {
                Dtype = setup.Policy.Precision,
                ResumeFromCheckpoint = null,
                ResumeOverride = ResumeOverride.None,
            }
        ).ToYaml();

    /// <summary>What differs from the run that the checkpoint is of, where that is allowed; in sentences.</summary>
    public IReadOnlyList<string> Overridden => _overridden;

    /// <summary>The most bytes that checkpoints will take at a time.</summary>
    public long Bytes
    {
        get
        {
            int due = IsOn ? setup.TotalSteps / IntervalOf(setup) : 0;
            Recipe recipe = setup.Recipe;
            int needed = 0;
            if (recipe.LoadBestModelAtEnd)
                (due, needed) = (due + 1, 1); // the last step's, which is else the model alone
            if (recipe.Health == HealthResponse.Rollback)
                (due, needed) = (due + 1 + setup.TotalSteps / HealthMonitor.IntervalOf(recipe, setup.TotalSteps), needed + 1);
            int kept = recipe.SaveTotalLimit == 0 ? due : Math.Min(due, Math.Max(recipe.SaveTotalLimit, needed + 1) + 1);
            return kept * MemoryPlan.StateOf(setup.Policy); // weights and two moments, as large as gradients and moments
        }
    }

    /// <summary>Steps between two checkpoints.</summary>
    public static int IntervalOf(RunSetup setup) =>
        (setup.Recipe.SaveStrategy, setup.Recipe.SaveSteps) switch
        {
            (SaveStrategy.Epoch, _) => setup.Order.StepsPerEpoch,
            (_, < 1 and var share) => (int)Math.Ceiling(share * setup.TotalSteps), // as transformers rounds it
            (_, var steps) => (int)steps,
        };

    /// <summary>The hash of the model's weights at the start. To be asked for before the first step.</summary>
    public ulong Start => _start ??= setup.Policy.QuickHash();

    private string Model => Start.ToString("x16", CultureInfo.InvariantCulture);

    private string Data => _data ??= RunIdentity.Of(setup.Train.Concat(setup.HeldOut ?? []));

    /// <summary>Refuses a checkpoint of another run. To be called before the first step: the model's hash is that of the
    /// start.</summary>
    /// <returns>What is different without changing the run, and what is overridden.</returns>
    /// <exception cref="SimperException">It is of another run.</exception>
    public IReadOnlyList<string> Expect(RunCheckpoint from)
    {
        (_overridden, IReadOnlyList<string> notes) = RunIdentity.Expect(
            from.Path,
            from.Position,
            Recipe,
            Model,
            Data,
            setup.Recipe.ResumeOverride
        );
        if (_overridden.Count == 0)
            setup.HoldToPasses(from.Position.Passes.TokensPerScoringPass);
        else if (from.Position.Step >= setup.TotalSteps)
            throw new SimperException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{from.Path} is after step {from.Position.Step}, and the run has now {setup.TotalSteps} steps: nothing is "
                        + $"left to do; raise max_steps or num_train_epochs."
                )
            );
        return [.. _overridden.Select(o => $"goes on with another recipe or other data: {o} (resume_override)"), .. notes];
    }

    /// <summary>The sizes of the run's passes: those of the checkpoint, so that sums are rounded alike.</summary>
    public MemoryPlan Settle(MemoryPlan plan, RunCheckpoint? from)
    {
        _plan = from is null || _overridden.Count > 0 ? plan : from.Position.Passes.In(plan);
        return _plan;
    }

    /// <summary>Counts on from a checkpoint.</summary>
    /// <returns>The steps that are not in the log yet.</returns>
    public MetricsWindow Continue(RunCheckpoint? from, RunProgress course)
    {
        var window = new MetricsWindow();
        if (from is null)
            return window;
        course.Continue(from.Position.Totals);
        foreach (RunPosition.LoggedStep step in from.Position.Unlogged)
            window.Add(step.ToReport());
        return window;
    }

    /// <summary>Whether a checkpoint is to be written after a step. The last step's is the model itself.</summary>
    public bool IsDue(int step) => IsOn && step % IntervalOf(setup) == 0 && step < setup.TotalSteps;

    /// <summary>Writes one, beside training where there is memory for it.</summary>
    /// <param name="state">What is at the end of a step.</param>
    /// <param name="course">What was done so far.</param>
    /// <param name="window">The steps that are not in the log yet.</param>
    /// <param name="guards">What watches over the run.</param>
    /// <param name="evaluationIsMissing">Whether the step's evaluation was stopped.</param>
    public void Save(
        TrainingState state,
        RunProgress course,
        MetricsWindow window,
        RunGuards guards,
        bool evaluationIsMissing = false
    ) =>
        _checkpoints.Save(
            state,
            new RunPosition
            {
                Step = course.Steps,
                Updates = state.Updates,
                Recipe = Recipe,
                Model = Model,
                Data = Data,
                Program = RunIdentity.Program(),
                Passes = PassSizes.Of(_plan!, setup),
                Logs = folder.SettleLogs(),
                Totals = course.Totals,
                EvaluationIsMissing = evaluationIsMissing,
                Guard = state.Guard.State,
                RateFactor = state.RateFactor,
                Best = guards.Best,
                Health = guards.Health,
                Unlogged = [.. window.Steps.Select(RunPosition.LoggedStep.Of)],
            },
            guards.Kept
        );

    /// <summary>Writes one of before the step at which the run diverged, if any was made.</summary>
    public void SaveDiverged(TrainingState state, RunProgress course, MetricsWindow window, RunGuards guards)
    {
        if (IsOn && course.Steps > _checkpoints.Newest)
            Save(state, course, window, guards);
    }

    /// <summary>The newest checkpoint of the run that is whole or being written, by its path; null before the first.</summary>
    public string? Newest => RunCheckpoints.In(folder.Path) is [var newest, ..] ? newest : null;

    /// <summary>Until the one that is being written is complete.</summary>
    public void Finish() => _checkpoints.Wait();

    public void Dispose() => _checkpoints.Dispose();
}
