using System.Globalization;
using Simper.Runs.Resuming;
using Simper.Training;

namespace Simper.Runs.Guards;

/// <summary>
/// Watches a run's model: measures its health before training and at intervals, and does what the recipe asks for where it is in
/// trouble. Decisions depend on what was measured and on <see cref="State"/> alone, which checkpoints keep.
/// </summary>
internal sealed class HealthMonitor(RunSetup setup, RunFolder folder, RunSaving saving)
{
    private const double Parts = 10;
    private const int MostSaid = 2;

    private HealthProbe? _probe;
    private HealthFigures? _start;
    private HealthFigures? _now;

    /// <summary>The health so far.</summary>
    public HealthState State { get; set; } = new();

    /// <summary>Whether the state after the step that was checked last has to be saved: it is the latest healthy one.</summary>
    public bool WantsCheckpoint { get; private set; }

    /// <summary>Why training ends; null while it goes on.</summary>
    public DivergedException? Over { get; private set; }

    /// <summary>The step whose weights the run ends with, if it returned to them after its last step.</summary>
    public int? EndsWith { get; private set; }

    /// <summary>Whether it keeps healthy checkpoints.</summary>
    public bool Returns => Recipe.Health == HealthResponse.Rollback;

    private Recipe Recipe => setup.Recipe;

    /// <summary>Steps between two checks of a run.</summary>
    public static int IntervalOf(Recipe recipe, int totalSteps) =>
        recipe.HealthSteps > 0 ? recipe.HealthSteps
        : recipe.EvalSteps > 0 ? recipe.EvalSteps
        : (int)Math.Ceiling(totalSteps / Parts);

    /// <summary>Whether it is checked after a step: at intervals, and after the last.</summary>
    public bool IsDue(int step) => step % IntervalOf(Recipe, setup.TotalSteps) == 0 || step == setup.TotalSteps;

    /// <summary>Measures the model before training.</summary>
    /// <exception cref="SimperException">There is nothing to measure it on.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Prepare(CancellationToken cancel)
    {
        _probe = new HealthProbe(setup);
        _start = _probe.Measure(cancel);
    }

    /// <summary>Logs what was measured before training.</summary>
    /// <returns>A line about it.</returns>
    public string Begin(bool isNew)
    {
        if (isNew)
            Log(0, 0, _start!);
        return $"health, before: {Line(_start!)}";
    }

    /// <summary>Measures the model after a step, for <see cref="Check"/>; nothing else comes of it.</summary>
    /// <returns>False if it was cancelled.</returns>
    public bool TryMeasure(CancellationToken cancel)
    {
        try
        {
            _now = _probe!.Measure(cancel);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Acts on what was measured after a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="epoch">The passes over the data until then.</param>
    /// <param name="training">The state after it, which may be returned to an earlier one.</param>
    /// <returns>What to say.</returns>
    public IReadOnlyList<string> Check(int step, double epoch, TrainingState training)
    {
        HealthFigures now = _now ?? throw new InvalidOperationException("Nothing was measured.");
        _now = null;
        string line = $"health, step {step}: {Line(now)}";
        IReadOnlyList<HealthLimits.Trouble> troubles = HealthLimits.Of(_start!, now);
        WantsCheckpoint = Returns;
        if (troubles.Count == 0)
        {
            State = State with { Severity = 0, Healthy = Returns ? step : 0 };
            Log(step, epoch, now);
            return [line];
        }
        string what =
            string.Join("; ", troubles.Take(MostSaid).Select(t => t.What))
            + (troubles.Count > MostSaid ? $"; {troubles.Count - MostSaid} more beyond their limits" : "");
        string done = Recipe.Health switch
        {
            HealthResponse.LowerRate => Lower(troubles[0].Severity, training),
            HealthResponse.Rollback => Return(step, what, training),
            _ => "nothing was done about it (health: warn)",
        };
        State = State.With(new HealthTrouble(step, what, done));
        Log(step, epoch, now);
        return [line, $"health, step {step}: IN TROUBLE: {what}; {done}"];
    }

    // What was harmed is not mended by a lower rate at once: lowered again only if it got worse since.
    private string Lower(double severity, TrainingState training)
    {
        if (severity <= State.Severity)
            return $"no worse than when the learning rate was lowered, which stays at {Factor} times the recipe's";
        State = State with { Severity = severity };
        LowerRate(training);
        return $"from here on the learning rate is {Factor} times the recipe's";
    }

    private string Return(int step, string what, TrainingState training)
    {
        saving.Finish();
        string name = $"{RunCheckpoints.Prefix}{State.Healthy}";
        try
        {
            RunCheckpoint.Open(Path.Combine(folder.Path, name)).Return(training);
        }
        catch (SimperException e)
        {
            WantsCheckpoint = false;
            Over = new DivergedException(
                step,
                $"After step {step} {what}",
                $"the run cannot return to {name}, the latest healthy checkpoint: {e.Message}"
            );
            return $"{name} cannot be returned to";
        }
        bool isLast = step == setup.TotalSteps;
        bool isOver = !isLast && State.Rollbacks == Recipe.HealthMaxRollbacks;
        if (isOver)
            Over = new DivergedException(
                step,
                $"After step {step} and {Count(State.Rollbacks)} {what}",
                $"the run returned to {name} and ends there. Lower learning_rate, or see what the data asks for."
            );
        EndsWith = isLast ? State.Healthy : null;
        State = State with { Rollbacks = State.Rollbacks + (isOver ? 0 : 1), Healthy = step };
        if (isLast || isOver)
            return $"weights and moments are those of {name} again";
        LowerRate(training);
        return $"weights and moments are those of {name} again, and from here on the learning rate is {Factor} times the "
            + $"recipe's (rollback {State.Rollbacks} of {Recipe.HealthMaxRollbacks} at most)";
    }

    private static string Count(int rollbacks) => rollbacks == 1 ? "1 rollback" : $"{rollbacks} rollbacks";

    private string Factor => State.RateFactor.ToString("G4", CultureInfo.InvariantCulture);

    private void LowerRate(TrainingState training)
    {
        training.RateFactor *= Recipe.HealthRateFactor;
        State = State with { RateFactor = training.RateFactor };
    }

    private void Log(int step, double epoch, HealthFigures figures) =>
        folder.Log(step, epoch, figures.Named().Append(KeyValuePair.Create("health/rate_factor", State.RateFactor)));

    private static string Line(HealthFigures figures) =>
        string.Join(
            ", ",
            figures.Named().Select(f => string.Create(CultureInfo.InvariantCulture, $"{Word(f.Key)} {f.Value:G4}"))
        );

    private static string Word(string name) =>
        name["health/".Length..] switch
        {
            "ppl_chosen" => "perplexity chosen",
            "ppl_text" => "perplexity text",
            "stop_chance" => "chance to end",
            "at_limit" => "unended",
            var other => other,
        };
}
