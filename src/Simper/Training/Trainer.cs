using System.Diagnostics;
using Simper.Batching;
using Simper.Models;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Text.Preferences;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// Trains a policy on groups of answers. The loop is an iterator: progress bars, logs, evaluations and early stops are the
/// caller's <c>foreach</c>. The loss of a step is the mean over its pairs, however they are split into micro-batches. With the
/// same seed, machine and thread count a run on the CPU gives the same bits. Not thread safe; one pass over
/// <see cref="Steps"/> at a time.
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

    /// <summary>Shape of the learning rate (<c>lr_scheduler_type</c>).</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Linear;

    /// <summary>What the shape may be told (<c>lr_scheduler_kwargs</c>).</summary>
    public ScheduleOptions ScheduleOptions { get; init; } = new();

    /// <summary>
    /// Warm-up (<c>warmup_steps</c>): steps, or below 1 the share of all steps, rounded up. See <see cref="WarmupSteps"/>.
    /// </summary>
    public double Warmup { get; init; }

    /// <summary>
    /// Whether a warm-up may cover all steps, as in transformers, where a run of one step then has a rate of 0 and trains
    /// nothing.
    /// </summary>
    public bool WarmupMayCoverAll { get; init; }

    /// <summary>Steps of the warm-up: at least the last step has the full rate, unless <see cref="WarmupMayCoverAll"/>.</summary>
    public int WarmupSteps => Rates.WarmupSteps;

    /// <summary>
    /// Pairs of an optimizer step (<c>per_device_train_batch_size</c> times <c>gradient_accumulation_steps</c>).
    /// </summary>
    public int PairsPerStep { get; init; } = 8;

    /// <summary>
    /// Pairs of a micro-batch (<c>per_device_train_batch_size</c>): at most so many in a pass of the model, and those that an
    /// objective ties together (<see cref="Objective.IsCoupled"/>). For others it changes memory and speed, not the step.
    /// </summary>
    public int PairsPerMicroBatch { get; init; } = 8;

    /// <summary>
    /// Whether the loss of a step is the mean of its micro-batches' means, as in TRL, where a last one with fewer pairs counts as
    /// much as others; else it is the mean over pairs.
    /// </summary>
    public bool MicroBatchesCountAlike { get; init; }

    /// <summary>
    /// Whether rewards and log-probs of a step are logged, of each micro-batch, over as many pairs as the last one has: what
    /// TRL's CPOTrainer does, where a last micro-batch is short. No number that is trained on depends on it.
    /// </summary>
    public bool LogsAsManyPairsAsLast { get; init; }

    /// <summary>
    /// At most so many tokens in a pass of the model, if it holds more than one pair. Changes memory and speed, not the step.
    /// </summary>
    public int TokensPerMicroBatch { get; init; } = MemoryPlan.EnoughTokens;

    /// <summary>
    /// Passes of more tokens do not keep their activations: for separable objectives the answers of the pair run one after the
    /// other, each with its backward pass at once, if that is cheaper than computing activations twice. Changes memory and speed,
    /// not the step.
    /// </summary>
    public int KeptTokens { get; init; } = int.MaxValue;

    /// <summary>
    /// Rows of logits that are held at once; 0 chooses. Where a pass scores more, the head's product is made again in its
    /// backward pass. Changes memory and speed, not the step.
    /// </summary>
    public long HeadRows { get; init; }

    /// <summary>
    /// Where the process holds nearly so many bytes before a pass, freed memory goes back to the system first; 0 never. Passes of
    /// different lengths leave holes in the heap, which would grow over many steps.
    /// </summary>
    public long MemoryBytes { get; init; }

    /// <summary>Passes over the data (<c>num_train_epochs</c>); may be a fraction.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>Stops after so many steps, if above 0, whatever <see cref="Epochs"/> says (<c>max_steps</c>).</summary>
    public int MaxSteps { get; init; } = -1;

    /// <summary>Gradients of a larger norm are scaled down to it (<c>max_grad_norm</c>); 0 never clips.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>
    /// Whether to compute activations again in the backward pass (<c>gradient_checkpointing</c>): less memory, more time, the
    /// same numbers.
    /// </summary>
    public bool RecomputeActivations { get; init; }

    /// <summary>Order of the data (<c>seed</c>).</summary>
    public long Seed { get; init; } = 42;

    /// <summary>Whether each epoch has an order of its own, or the file's.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// The groups of each step; that of the data by <see cref="PairsPerStep"/>, <see cref="Seed"/> and <see cref="Shuffle"/> where
    /// none is given.
    /// </summary>
    public DataOrder Order
    {
        get => _order ??= new DataOrder(_data, PairsPerStep, Seed, Shuffle);
        init => _order = value;
    }

    /// <summary>What the policy is held to, where the objective needs it.</summary>
    public Reference? References { get; init; }

    /// <summary>AdamW's settings; <see cref="AdamW.Beta1"/> and so on.</summary>
    public AdamWSettings Optimizer { get; init; } = new();

    /// <summary>Optimizer steps of an epoch; the last one may hold fewer pairs.</summary>
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

    private int AnswersPerGroup => Objective.AskedNeeds.AnswersPerGroup;

    /// <summary>Runs the steps one by one, each when it is asked for.</summary>
    /// <exception cref="SimperException">A loss or gradient is not finite; the weights are those before the step.</exception>
    public IEnumerable<StepReport> Steps(CancellationToken cancel = default)
    {
        if (Objective.NeedsReference && References is null)
            throw new InvalidOperationException($"{Objective.Name} needs {nameof(References)}.");
        using AdamW optimizer = Optimizer.Create(_policy.Parameters);
        LearningRateSchedule schedule = Rates.Curve();
        for (int step = 0; step < TotalSteps && !cancel.IsCancellationRequested; step++)
            yield return Step(step, schedule, optimizer);
    }

    internal StepReport Step(int step, LearningRateSchedule schedule, AdamW optimizer)
    {
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<TokenizedGroup> groups = Order.GroupsOf(step);
        double rate = LearningRate * schedule.FactorAt(step);
        foreach (Parameter parameter in _policy.Parameters)
            parameter.ClearGradient();

        (List<PairOutcome> outcomes, long tokens) = Accumulate(groups);
        double norm = GradientNorm.Of(_policy.Parameters);
        ExpectFinite(step, norm, outcomes);
        optimizer.Step(rate, MaxGradientNorm > 0 ? GradientNorm.ClipFactor(norm, MaxGradientNorm) : 1);
        References?.AfterStep(_policy, step + 1);

        return new StepReport
        {
            Number = step + 1,
            TotalSteps = TotalSteps,
            Epoch = Order.EpochsBehind(step + 1),
            LearningRate = rate,
            GradientNorm = norm,
            Metrics = PreferenceMetrics.Of(outcomes, Objective.ReportsMeanLogProbs),
            Tokens = tokens,
            Elapsed = Stopwatch.GetElapsedTime(started),
        };
    }

    /// <summary>
    /// A dry run: two steps over these groups without their updates, the first to warm up (code is compiled, memory is mapped);
    /// how long the second takes. Gradients are made and dropped, the optimizer's memory is taken and given back. Needs
    /// <see cref="References"/> of the groups where the objective does.
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

    /// <summary>Adds the gradients of the groups' mean loss.</summary>
    internal (List<PairOutcome> Outcomes, long Tokens) Accumulate(IReadOnlyList<TokenizedGroup> groups)
    {
        var outcomes = new List<PairOutcome>();
        long tokens = 0;
        foreach (MicroBatchShare micro in MicroBatches(groups))
        {
            using var scope = NewDisposeScope();
            if (MemoryBytes > 0 && ProcessMemory.Now() > 0.95 * MemoryBytes)
                HeapSettings.Trim();
            MicroBatch[] batches = [.. micro.Passes.Select(p => MicroBatch.Of(p, Objective.AskedNeeds))];
            IReadOnlyList<PairOutcome> found =
                batches.Length > 1 ? AccumulateTogether(micro, batches)
                : batches[0].Groups == 1 && StreamsAnswers(batches[0], micro.Passes[0][0])
                    ? [Stream(batches[0], micro.Passes[0][0], micro.TotalWeight)]
                : Accumulate(micro, batches[0]);
            outcomes.AddRange(
                MicroBatchesCountAlike
                    ? found.Select(
                        (o, i) => o with { Share = micro.Share, Batch = micro.Index, IsLogged = micro.First + i < micro.Logged }
                    )
                    : found
            );
            tokens += batches.Sum(b => b.Tokens);
        }
        return (outcomes, tokens);
    }

    /// <summary>What an objective sees at once, and the passes of the model it takes.</summary>
    /// <param name="Passes">Groups of each pass.</param>
    /// <param name="TotalWeight">What the losses are divided by.</param>
    /// <param name="Share">What each group counts in means.</param>
    /// <param name="Index">Of the micro-batch in its step.</param>
    /// <param name="First">The first group's place in the micro-batch.</param>
    /// <param name="Logged">Groups of the micro-batch whose rewards are logged.</param>
    private sealed record MicroBatchShare(
        IReadOnlyList<IReadOnlyList<TokenizedGroup>> Passes,
        double TotalWeight,
        double Share,
        int Index = 0,
        int First = 0,
        int Logged = int.MaxValue
    );

    private IEnumerable<MicroBatchShare> MicroBatches(IReadOnlyList<TokenizedGroup> groups)
    {
        double total = WeightOf(groups);
        if (!Objective.IsCoupled && !MicroBatchesCountAlike)
            return MicroBatchPlan
                .Split(groups, PairsPerMicroBatch, TokensPerMicroBatch, AnswersPerGroup)
                .Select(pass => new MicroBatchShare([pass], total, 1));
        TokenizedGroup[][] batches = [.. groups.Chunk(PairsPerMicroBatch)];
        int logged = LogsAsManyPairsAsLast ? batches[^1].Length : int.MaxValue;
        return batches.SelectMany(
            (batch, index) =>
            {
                double weight = MicroBatchesCountAlike ? batches.Length * WeightOf(batch) : total;
                double share = MicroBatchesCountAlike ? (double)groups.Count / (batches.Length * batch.Length) : 1;
                IReadOnlyList<TokenizedGroup>[] passes =
                [
                    .. MicroBatchPlan.Split(batch, int.MaxValue, TokensPerMicroBatch, AnswersPerGroup),
                ];
                int first = 0;
                return Objective.IsCoupled
                    ? [new MicroBatchShare(passes, weight, share, index, Logged: logged)]
                    : passes.Select(pass => new MicroBatchShare(
                        [pass],
                        weight,
                        share,
                        index,
                        (first += pass.Count) - pass.Count,
                        logged
                    ));
            }
        );
    }

    private double WeightOf(IReadOnlyList<TokenizedGroup> groups) =>
        groups.Sum(g => Objective.Weight(MicroBatch.ScoredTokensOf(g, 0), MicroBatch.PromptTokensOf(g)));

    private IReadOnlyList<PairOutcome> Accumulate(MicroBatchShare micro, MicroBatch batch)
    {
        using ScoringPass pass = ScoringPass.Forward(_policy.Decoder, batch, forBackward: true, Recomputes(batch), HeadRows);
        (IReadOnlyList<PairOutcome> found, Tensor gradient) = ObjectiveStep.Differentiate(
            Objective,
            BatchScores.Of(pass, ReferencesOf(micro.Passes[0], batch)),
            micro.TotalWeight
        );
        pass.Backward(gradient);
        return found;
    }

    // The objective ties together more than one pass holds: the sums of all first, and once their gradients are known each pass
    // again.
    private IReadOnlyList<PairOutcome> AccumulateTogether(MicroBatchShare micro, MicroBatch[] batches)
    {
        var parts = new List<BatchScores>();
        foreach ((IReadOnlyList<TokenizedGroup> groups, MicroBatch batch) in micro.Passes.Zip(batches))
        {
            using ScoringPass pass = ScoringPass.Forward(_policy.Decoder, batch, forBackward: false);
            parts.Add(BatchScores.Of(pass, ReferencesOf(groups, batch)).Copy());
        }
        (IReadOnlyList<PairOutcome> found, Tensor gradient) = ObjectiveStep.Differentiate(
            Objective,
            BatchScores.Join(parts),
            micro.TotalWeight
        );
        int at = 0;
        foreach (MicroBatch batch in batches)
        {
            using ScoringPass pass = ScoringPass.Forward(_policy.Decoder, batch, forBackward: true, Recomputes(batch), HeadRows);
            pass.Backward(gradient.narrow(0, at, batch.Answers.Count));
            at += batch.Answers.Count;
        }
        return found;
    }

    private Tensor? ReferencesOf(IReadOnlyList<TokenizedGroup> groups, MicroBatch batch) =>
        Objective.NeedsReference ? References!.For(groups, batch, _policy.Precision.Wide) : null;

    private bool Recomputes(MicroBatch batch) => RecomputeActivations || batch.Tokens > KeptTokens;

    // A forward pass is a third of the work. Answer by answer the prompt is computed once more for each answer but one, three
    // thirds; recomputing costs one third of everything, and so does an answer that is itself too long.
    private bool StreamsAnswers(MicroBatch batch, TokenizedGroup group)
    {
        if (batch.Tokens <= KeptTokens || RecomputeActivations || !Objective.IsSeparable || batch.Answers.Count < 2)
            return false;
        int[] alone = [.. Enumerable.Range(0, batch.Answers.Count).Select(i => MicroBatch.TokensOf(group.Only(i)))];
        return alone.Max() <= KeptTokens && 3 * (alone.Sum() - batch.Tokens) < batch.Tokens;
    }

    /// <summary>
    /// The group answer by answer, with the memory of one. The loss is a sum of one term per answer, so the gradient of an
    /// answer's sum does not depend on what stands in for the sums that are not known yet.
    /// </summary>
    private PairOutcome Stream(MicroBatch batch, TokenizedGroup group, double totalWeight)
    {
        Tensor sums = zeros(batch.Answers.Count, dtype: _policy.Precision.Wide);
        var scores = new BatchScores(batch.Answers, 1, sums, sums, null, ReferencesOf([group], batch));
        for (int i = 0; i < batch.Answers.Count; i++)
        {
            using ScoringPass pass = ScoringPass.Forward(
                _policy.Decoder,
                MicroBatch.Of([group.Only(i)]),
                forBackward: true,
                chunkRows: HeadRows
            );
            sums[i] = pass.Sums[0];
            Tensor gradient = ObjectiveStep.Differentiate(Objective, scores, totalWeight).Gradient;
            pass.Backward(gradient.narrow(0, i, 1));
        }
        return ObjectiveStep.Differentiate(Objective, scores, totalWeight).Outcomes.Single();
    }

    private static void ExpectFinite(int step, double norm, List<PairOutcome> outcomes)
    {
        int[] rows = [.. outcomes.Where(o => !double.IsFinite(o.Loss)).Select(o => o.Row)];
        if (rows.Length > 0)
            throw new DivergedException(
                $"The loss of step {step + 1} is not finite (row {string.Join(", ", rows.Take(5))}); the step was not applied. "
                    + "Lower learning_rate, or train in float32."
            );
        if (!double.IsFinite(norm))
            throw new DivergedException(
                $"The gradient of step {step + 1} is not finite (rows "
                    + $"{string.Join(", ", outcomes.Take(5).Select(o => o.Row))}, ...); "
                    + "the step was not applied. Lower learning_rate, or train in float32."
            );
    }
}
