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

    /// <summary>Whether checkpoints are written at all.</summary>
    public bool IsOn => setup.Recipe.SaveStrategy != SaveStrategy.No;

    /// <summary>The resolved recipe, as it is written into the folder.</summary>
    public string Recipe => (setup.Recipe with { Dtype = setup.Policy.Precision, ResumeFromCheckpoint = null }).ToYaml();

    /// <summary>The most bytes that checkpoints will take at a time.</summary>
    public long Bytes
    {
        get
        {
            int due = IsOn ? setup.TotalSteps / Interval : 0;
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
    public int Interval =>
        (setup.Recipe.SaveStrategy, setup.Recipe.SaveSteps) switch
        {
            (SaveStrategy.Epoch, _) => setup.Order.StepsPerEpoch,
            (_, < 1 and var share) => (int)Math.Ceiling(share * setup.TotalSteps), // as transformers rounds it
            (_, var steps) => (int)steps,
        };

    /// <summary>The hash of the model's weights at the start. To be asked for before the first step.</summary>
    public ulong Start => _start ??= setup.Policy.QuickHash();

    private string Model => Start.ToString("x16", CultureInfo.InvariantCulture);

    private string Data => _data ??= RunIdentity.Of(setup.HeldOut is { } heldOut ? [.. setup.Train, .. heldOut] : setup.Train);

    /// <summary>Refuses a checkpoint of another run. To be called before the first step: the model's hash is that of the
    /// start.</summary>
    /// <returns>What is different without changing the run.</returns>
    /// <exception cref="SimperException">It is of another run.</exception>
    public IReadOnlyList<string> Expect(RunCheckpoint from)
    {
        setup.HoldToPasses(from.Position.Passes.TokensPerScoringPass);
        return RunIdentity.Expect(from.Path, from.Position, Recipe, Model, Data);
    }

    /// <summary>The sizes of the run's passes: those of the checkpoint, so that sums are rounded alike.</summary>
    public MemoryPlan Settle(MemoryPlan plan, RunCheckpoint? from)
    {
        _plan = from is null
            ? plan
            : plan with
            {
                TokensPerMicroBatch = from.Position.Passes.TokensPerMicroBatch,
                KeptTokens = from.Position.Passes.KeptTokens,
                HeadRows = from.Position.Passes.HeadRows,
            };
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
    public bool IsDue(int step) => IsOn && step % Interval == 0 && step < setup.TotalSteps;

    /// <summary>Writes one, beside training where there is memory for it.</summary>
    public void Save(TrainingState state, RunProgress course, MetricsWindow window, RunGuards guards) =>
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
                Passes = new RunPosition.PassSizes(
                    _plan!.TokensPerMicroBatch,
                    _plan.KeptTokens,
                    _plan.HeadRows,
                    setup.TokensPerScoringPass
                ),
                Logs = folder.SettleLogs(),
                Totals = course.Totals,
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
