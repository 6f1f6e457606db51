using Simper.Objectives;
using Simper.Runs.Resuming;
using Simper.Training;

namespace Simper.Runs.Guards;

/// <summary>
/// A run's side of what watches over it: the best checkpoint, the model's health, and what is said of both. Without a recipe key
/// that asks for one it does nothing.
/// </summary>
internal sealed class RunGuards
{
    private readonly RunSetup _setup;
    private readonly RunFolder _folder;
    private readonly RunSaving _saving;
    private readonly BestCheckpoint? _best;
    private readonly HealthMonitor? _health;
    private StepGuard? _steps;

    /// <exception cref="SimperException">The recipe asks for what does not go together.</exception>
    public RunGuards(RunSetup setup, RunFolder folder, RunSaving saving)
    {
        (_setup, _folder, _saving) = (setup, folder, saving);
        Recipe recipe = setup.Recipe;
        if (recipe.LoadBestModelAtEnd)
        {
            BestCheckpoint.ExpectMeeting(recipe, RunSaving.IntervalOf(setup));
            _best = new BestCheckpoint(recipe);
        }
        if (recipe.Health != HealthResponse.Off)
            _health = new HealthMonitor(setup, folder, saving);
    }

    /// <summary>The best checkpoint so far.</summary>
    public BestScore? Best => _best?.Score;

    /// <summary>The health so far; null if it is not watched.</summary>
    public HealthState? Health => _health?.State;

    /// <summary>Why training ends before its last step; null while it goes on.</summary>
    public DivergedException? Over => _health?.Over;

    /// <summary>The step whose evaluated checkpoint became the model; null if the model is what the last step left.</summary>
    public int? ModelStep { get; private set; }

    /// <summary>The step whose weights are the model's; null for the last one's.</summary>
    public int? WeightsStep => ModelStep ?? _health?.EndsWith;

    /// <summary>Whether steps are others by now than those that recipe and data alone would make.</summary>
    public bool HaveActed => _health is { State: { Rollbacks: > 0 } or { RateFactor: not 1 } };

    /// <summary>Checkpoints that are kept whatever the limit.</summary>
    public IReadOnlyCollection<int> Kept =>
        [
            .. Best is { } best ? [best.Step] : (int[])[],
            .. _health is { Returns: true } health ? [health.State.Healthy] : (int[])[],
        ];

    /// <summary>Measures what is compared later on; before the first step.</summary>
    /// <param name="before">The evaluation of the held-out rows; null if there are none.</param>
    /// <param name="cancel">Ends the measuring.</param>
    /// <exception cref="SimperException">There is nothing held out, or not the figure that the recipe names.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Prepare(PreferenceMetrics? before, CancellationToken cancel)
    {
        if (_best is not null)
            _best.Expect(
                before?.Named()
                    ?? throw new SimperException(
                        "load_best_model_at_end compares evaluations of held-out rows, and there are none; give "
                            + "eval_dataset_name or test_split_size."
                    )
            );
        _health?.Prepare(cancel);
    }

    /// <summary>Begins, or goes on from a checkpoint.</summary>
    /// <returns>What to say.</returns>
    /// <exception cref="SimperException">A checkpoint that the run may still need is gone.</exception>
    public IEnumerable<string> Begin(RunCheckpoint? from)
    {
        if (_best is not null)
            _best.Score = from?.Position.Best;
        if (_health is not null)
        {
            _health.State = from?.Position.Health ?? new HealthState { Healthy = from?.Position.Step ?? 0 };
            yield return _health.Begin(isNew: from is null);
        }
    }

    /// <summary>Refuses to go on from a checkpoint whose best or latest healthy one is gone.</summary>
    /// <exception cref="SimperException">It is; the message names it.</exception>
    public void Expect(RunCheckpoint from)
    {
        if (_best is not null && from.Position.Best is { } best)
            ExpectThere(from, best.Step, "the best so far (load_best_model_at_end)");
        if (_health is { Returns: true } && from.Position.Health is { } health)
            ExpectThere(from, health.Healthy, "the latest healthy one (health: rollback)");
    }

    /// <summary>Puts the state of a checkpoint in place; a new run that may return to its start saves it.</summary>
    public void Start(RunCheckpoint? from, TrainingState training, RunProgress course, MetricsWindow window)
    {
        _steps = training.Guard;
        from?.Restore(training);
        if (from is null && _health is { Returns: true })
            _saving.Save(training, course, window, this);
    }

    /// <summary>What is said of a step that was not applied; null if it was.</summary>
    public static string? Note(StepReport report) =>
        report.Skip is { } skip ? $"step {report.Number}: {skip.Reason}; the step was skipped ({report.Skipped} so far)" : null;

    /// <summary>Whether the held-out rows are evaluated after a step, which is not for the summary's sake.</summary>
    public bool Evaluates(int step)
    {
        int every = _setup.Recipe.EvalSteps;
        bool isDue = every > 0 && step % every == 0;
        return _best is null ? isDue && step < _setup.TotalSteps : isDue || IsSaved(step);
    }

    /// <summary>Measures the model's health after a step where that is due, for <see cref="Check"/>.</summary>
    /// <returns>False if it was cancelled: then it is missing.</returns>
    public bool TryMeasure(int step, CancellationToken cancel) => !Measures(step) || _health!.TryMeasure(cancel);

    private bool Measures(int step) => _health is not null && _health.IsDue(step);

    /// <summary>Looks at the state after a step, and may return it to an earlier one.</summary>
    /// <param name="step">The step.</param>
    /// <param name="epoch">The passes over the data until then.</param>
    /// <param name="training">The state.</param>
    /// <param name="evaluation">The held-out rows, if they were evaluated.</param>
    /// <returns>What to say.</returns>
    public IReadOnlyList<string> Check(int step, double epoch, TrainingState training, PreferenceMetrics? evaluation)
    {
        int rollbacks = _health?.State.Rollbacks ?? 0;
        IReadOnlyList<string> said = Measures(step) ? _health!.Check(step, epoch, training) : [];
        bool isReturned = _health is { Over: not null } || _health?.State.Rollbacks > rollbacks;
        if (_best is not null && evaluation is not null && !isReturned && IsSaved(step))
            _best.Add(step, evaluation.Named());
        return said;
    }

    /// <summary>Whether a checkpoint is to be written after a step. The last step's is the model itself, unless another one may
    /// become it.</summary>
    public bool IsDue(int step) =>
        IsSaved(step) || (_health is { WantsCheckpoint: true } && Measures(step) && step < _setup.TotalSteps);

    /// <summary>Loads the best checkpoint's weights, after the last step.</summary>
    /// <returns>What to say; null if the weights stay.</returns>
    public string? LoadBest(RunProgress course)
    {
        if (Best is not { } best)
            return null;
        if (best.Step != course.Steps)
        {
            string name = $"{RunCheckpoints.Prefix}{best.Step}";
            try
            {
                RunCheckpoint.Open(Path.Combine(_folder.Path, name)).RestoreWeights(_setup.Policy);
            }
            catch (SimperException e)
            {
                _best!.Score = null;
                return $"the best checkpoint, {name}, cannot be loaded, so the model is what the last step left: {e.Message}";
            }
        }
        ModelStep = best.Step;
        return RunRemarks.Best(best, course.Steps);
    }

    /// <summary>Adds what it knows to a summary.</summary>
    public RunSummary Complete(RunSummary summary) =>
        summary with
        {
            Best = Best is { } best && ModelStep == best.Step ? best : null,
            Skipped = _setup.Recipe is { NonFinite: NonFiniteRule.Stop, Spikes: SpikeRule.Apply }
                ? null
                : new SkippedSteps(_steps!.State.NotFinite, _steps.State.Spikes),
            Health = Health,
        };

    private bool IsSaved(int step) => _saving.IsDue(step) || (_best is not null && step == _setup.TotalSteps);

    private void ExpectThere(RunCheckpoint from, int step, string what)
    {
        string path = Path.Combine(_folder.Path, $"{RunCheckpoints.Prefix}{step}");
        if (!Directory.Exists(path))
            throw new SimperException($"{path} is missing: it is {what} of the run that {from.Path} is of. Begin anew.");
    }
}
