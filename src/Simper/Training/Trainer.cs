using System.Diagnostics;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Text.Preferences;

namespace Simper.Training;

/// <summary>
/// Trains a policy on groups of answers. The loop is an iterator: progress bars, logs, evaluations and early stopping belong to
/// the caller's <c>foreach</c>. The loss of a step is the mean over its pairs, however they are split into micro-batches. With
/// the same seed, machine and thread count a run on the CPU is bit-identical. Not thread safe; one pass over <see cref="Steps"/>
/// at a time.
/// </summary>
public sealed class Trainer
{
    private readonly LanguageModel _policy;
    private readonly IReadOnlyList<TokenizedGroup> _data;
    private DataOrder? _order;

    /// <param name="policy">The model to train, loaded with master weights. The caller owns it.</param>
    /// <param name="data">At least one group; pairs for objectives that use rejected answers.</param>
    /// <param name="objective">The loss.</param>
    public Trainer(LanguageModel policy, IReadOnlyList<TokenizedGroup> data, Objective objective)
    {
        if (data.Count == 0)
            throw new SimperException("There is no pair to train on; see what was dropped, and why, with `simper data show`.");
        if (objective.Fault is { } fault)
            throw new SimperException(fault + ".");
        objective.ExpectAnswers(data);
        (_policy, _data, Objective) = (policy, data, objective);
    }

    /// <summary>The loss.</summary>
    public Objective Objective { get; }

    /// <summary>Peak learning rate (<c>learning_rate</c>).</summary>
    public double LearningRate { get; init; } = 1e-6;

    /// <summary>The schedule (<c>lr_scheduler_type</c>).</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Linear;

    /// <summary>The schedule's options (<c>lr_scheduler_kwargs</c>).</summary>
    public ScheduleOptions ScheduleOptions { get; init; } = new();

    /// <summary>
    /// Warm-up (<c>warmup_steps</c>): steps, or below 1 a fraction of all steps, rounded up. See <see cref="WarmupSteps"/>.
    /// </summary>
    public double Warmup { get; init; }

    /// <summary>
    /// Whether a warm-up may cover all steps, as in transformers; a run of one step then has a rate of 0 and trains nothing.
    /// </summary>
    public bool WarmupMayCoverAll { get; init; }

    /// <summary>Steps of the warm-up; at least the last step has the full rate, unless <see cref="WarmupMayCoverAll"/>.</summary>
    public int WarmupSteps => Rates.WarmupSteps;

    /// <summary>
    /// Pairs per optimizer step (<c>per_device_train_batch_size</c> times <c>gradient_accumulation_steps</c>).
    /// </summary>
    public int PairsPerStep { get; init; } = 8;

    /// <summary>
    /// Pairs per micro-batch (<c>per_device_train_batch_size</c>): the most in one pass of the model, and those that a
    /// batch-dependent objective couples (<see cref="Objective.IsBatchDependent"/>). For other objectives it affects memory and
    /// speed, not the step.
    /// </summary>
    public int PairsPerMicroBatch { get; init; } = 8;

    /// <summary>
    /// Whether the loss of a step is the mean of its micro-batches' means, as in TRL, where a smaller last one weighs as much as
    /// the others; else it is the mean over pairs.
    /// </summary>
    public bool MicroBatchesCountAlike { get; init; }

    /// <summary>
    /// Whether a step logs rewards and log-probs over only as many pairs of each micro-batch as the last one has: what TRL's
    /// CPOTrainer does when the last micro-batch is short. Training does not depend on it.
    /// </summary>
    public bool LogsAsManyPairsAsLast { get; init; }

    /// <summary>
    /// Maximum tokens per pass of the model, if it holds more than one pair. Affects memory and speed, not the step.
    /// </summary>
    public int TokensPerMicroBatch { get; init; } = MemoryPlan.EnoughTokens;

    /// <summary>
    /// Larger passes do not keep their activations: for separable objectives the answers of a pair run one after the other, each
    /// followed by its backward pass, if that is cheaper than recomputing activations. Affects memory and speed, not the step.
    /// </summary>
    public int KeptTokens { get; init; } = int.MaxValue;

    /// <summary>
    /// Rows of logits in memory at a time; 0 for the default. If a pass scores more, the head's product is recomputed in its
    /// backward pass. Affects memory and speed, not the step.
    /// </summary>
    public long HeadRows { get; init; }

    /// <summary>
    /// If the process holds nearly this many bytes before a pass, freed memory is returned to the system first; 0 for never.
    /// Passes of different lengths fragment the heap, which would grow over many steps.
    /// </summary>
    public long MemoryBytes { get; init; }

    /// <summary>Passes over the data (<c>num_train_epochs</c>); may be a fraction.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>Stops after this many steps, if above 0, whatever <see cref="Epochs"/> (<c>max_steps</c>).</summary>
    public int MaxSteps { get; init; } = -1;

    /// <summary>Gradients of a larger norm are scaled down to it (<c>max_grad_norm</c>); 0 never clips.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>
    /// Whether to recompute activations in the backward pass (<c>gradient_checkpointing</c>): less memory, more time, the same
    /// numbers.
    /// </summary>
    public bool RecomputeActivations { get; init; }

    /// <summary>Seed of the data order (<c>seed</c>).</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Whether each epoch is shuffled, instead of keeping the file's order.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// The groups of each step; by default derived from the data by <see cref="PairsPerStep"/>, <see cref="Seed"/> and
    /// <see cref="Shuffle"/>.
    /// </summary>
    public DataOrder Order
    {
        get => _order ??= new DataOrder(_data, PairsPerStep, Seed, Shuffle);
        init => _order = value;
    }

    /// <summary>The reference, if the objective needs one.</summary>
    public Reference? References { get; init; }

    /// <summary>What happens at a step whose loss or gradient is not finite (<c>non_finite</c>).</summary>
    public NonFiniteRule NonFinite { get; init; } = NonFiniteRule.Stop;

    /// <summary>What happens at a step whose loss or gradient norm leaps (<c>spikes</c>).</summary>
    public SpikeRule Spikes { get; init; } = SpikeRule.Apply;

    /// <summary>AdamW's settings; <see cref="AdamW.Beta1"/> and so on.</summary>
    public AdamWSettings Optimizer { get; init; } = new();

    /// <summary>Optimizer steps per epoch; the last one may have fewer pairs.</summary>
    public int StepsPerEpoch => Order.StepsPerEpoch;

    /// <summary>Optimizer steps of the whole run.</summary>
    public int TotalSteps => Order.Steps(Epochs, MaxSteps);

    /// <summary>The learning rate of every step.</summary>
    public RunRates Rates =>
        new()
        {
            TotalSteps = TotalSteps,
            Peak = LearningRate,
            Schedule = Schedule,
            Options = ScheduleOptions,
            Warmup = Warmup,
            WarmupMayCoverAll = WarmupMayCoverAll,
        };

    /// <summary>Runs the steps lazily, one by one.</summary>
    /// <exception cref="DivergedException">A loss or gradient is not finite; the weights are those before the step.</exception>
    public IEnumerable<StepReport> Steps(CancellationToken cancel = default) => StepsFrom(restore: null, cancel: cancel);

    /// <summary>The same from a state that <paramref name="restore"/> puts in place before the first step.</summary>
    /// <param name="restore">Given the state of the start.</param>
    /// <param name="diverging">Given the state before a step that ends training, while there is one.</param>
    /// <param name="cancel">Ends training between two steps.</param>
    internal IEnumerable<StepReport> StepsFrom(
        Action<TrainingState>? restore,
        Action<TrainingState>? diverging = null,
        CancellationToken cancel = default
    )
    {
        if (Objective.NeedsReference && References is null)
            throw new InvalidOperationException($"{Objective.Name} needs {nameof(References)}.");
        using AdamW optimizer = Optimizer.Create(_policy.Parameters);
        using var state = new TrainingState(_policy, optimizer, References, new StepGuard(NonFinite, Spikes));
        State = state;
        restore?.Invoke(State);
        LearningRateSchedule schedule = Rates.Curve();
        while (State.Step < TotalSteps && !cancel.IsCancellationRequested)
            yield return Step(State, schedule, optimizer, diverging);
    }

    private StepReport Step(TrainingState state, LearningRateSchedule schedule, AdamW optimizer, Action<TrainingState>? diverging)
    {
        try
        {
            return Step(state, schedule, optimizer);
        }
        catch (DivergedException)
        {
            diverging?.Invoke(state);
            throw;
        }
    }

    /// <summary>The state between two steps; null before the first is asked for, and of no use after the last.</summary>
    internal TrainingState? State { get; private set; }

    internal StepReport Step(TrainingState state, LearningRateSchedule schedule, AdamW optimizer)
    {
        long started = Stopwatch.GetTimestamp();
        int step = state.Step;
        IReadOnlyList<TokenizedGroup> groups = Order.GroupsOf(step);
        double rate = LearningRate * schedule.FactorAt(step) * state.RateFactor;
        foreach (Parameter parameter in _policy.Parameters)
            parameter.ClearGradient();

        (List<PairOutcome> outcomes, long tokens) = AccumulateDropping(groups, step);
        PreferenceMetrics metrics = PreferenceMetrics.Of(outcomes, Objective.ReportsMeanLogProbs);
        double norm = GradientNorm.Of(_policy.Parameters);
        SkippedStep? skip = state.Guard.Judge(step + 1, metrics, norm);
        state.AboutToChange();
        if (skip is null)
            optimizer.Step(rate, MaxGradientNorm > 0 ? GradientNorm.ClipFactor(norm, MaxGradientNorm) : 1);
        References?.AfterStep(_policy, step + 1);
        state.Step = step + 1;

        return new StepReport
        {
            Number = step + 1,
            TotalSteps = TotalSteps,
            Epoch = Order.EpochsBehind(step + 1),
            LearningRate = rate,
            GradientNorm = norm,
            Metrics = metrics,
            Tokens = tokens,
            Elapsed = Stopwatch.GetElapsedTime(started),
            Skip = skip,
            Skipped = state.Guard.MaySkip ? state.Guard.Skipped : null,
        };
    }

    // With the dropout of adapters, another in every step.
    private (List<PairOutcome> Outcomes, long Tokens) AccumulateDropping(IReadOnlyList<TokenizedGroup> groups, int step)
    {
        _policy.Decoder.DropoutStep = ((ulong)Seed << 32) ^ (uint)step;
        try
        {
            return Accumulate(groups);
        }
        finally
        {
            _policy.Decoder.DropoutStep = null;
        }
    }

    /// <summary>
    /// A dry run: two steps over these groups without their updates, the first as a warm-up (code is compiled, memory is mapped);
    /// returns the duration of the second. Gradients are computed and dropped, the optimizer's memory is allocated and freed.
    /// Needs <see cref="References"/> of the groups if the objective does.
    /// </summary>
    internal TimeSpan DryRun(IReadOnlyList<TokenizedGroup> groups)
    {
        using AdamW optimizer = Optimizer.Create(_policy.Parameters);
        optimizer.Touch();
        _ = Accumulate(groups);
        long started = Stopwatch.GetTimestamp();
        _ = Accumulate(groups);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        foreach (Parameter parameter in _policy.Parameters)
            parameter.DropGradient();
        return elapsed;
    }

    /// <summary>Accumulates the gradients of the groups' mean loss.</summary>
    internal (List<PairOutcome> Outcomes, long Tokens) Accumulate(IReadOnlyList<TokenizedGroup> groups) =>
        new GradientAccumulation(this, _policy).Run(groups);
}
