using System.Diagnostics;
using Simper.Models;
using Simper.Objectives;
using Simper.Reference;
using Simper.Runs;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Bench.Step;

/// <summary>A way to do a training step: forward, backward, clipping at 1, AdamW.</summary>
internal interface IContestant : IDisposable
{
    string Name { get; }

    List<double> Seconds { get; }

    List<double> Losses { get; }

    long Tokens { get; }

    /// <summary>A step; one that does not count warms up.</summary>
    void Step(TokenizedGroup[] batch, bool counts);
}

/// <summary>Times steps.</summary>
internal abstract class Timed : IContestant
{
    public abstract string Name { get; }

    public List<double> Seconds { get; } = [];

    public List<double> Losses { get; } = [];

    public long Tokens { get; private set; }

    public void Step(TokenizedGroup[] batch, bool counts)
    {
        long started = Stopwatch.GetTimestamp();
        (double loss, long tokens) = Run(batch);
        if (!counts)
            return;
        Seconds.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        Losses.Add(loss);
        Tokens += tokens;
    }

    protected abstract (double Loss, long Tokens) Run(TokenizedGroup[] batch);

    public abstract void Dispose();
}

/// <summary>
/// Rows padded, answers concatenated, all logits, autograd; weights and optimizer state in the compute type, as the usual
/// trainers' "bf16".
/// </summary>
internal sealed class PaddedContestant : Timed
{
    private const double Rate = 5e-7;

    private readonly PaddedLlama _model;
    private readonly Tensor[] _weights;
    private readonly Tensor[] _first;
    private readonly Tensor[] _second;
    private readonly Tensor[] _steps;

    public PaddedContestant(LanguageModel model, Precision precision)
    {
        using var scope = NewDisposeScope();
        _model = new PaddedLlama(model.Files.Config, model.Published().Select(p => (p.Name, p.Tensor())), precision.Compute);
        _weights = [.. _model.Weights.Values];
        _first = [.. _weights.Select(w => zeros_like(w).detach().DetachFromDisposeScope())];
        _second = [.. _weights.Select(w => zeros_like(w).detach().DetachFromDisposeScope())];
        _steps = [.. _weights.Select(_ => zeros([], dtype: ScalarType.Float32).DetachFromDisposeScope())];
    }

    public override string Name => "padded";

    protected override (double, long) Run(TokenizedGroup[] batch)
    {
        using var scope = NewDisposeScope();
        _model.ClearGradients();
        (Tensor ids, Tensor mask, Tensor labels) = PaddedLlama.Pad([
            .. batch.Select(g => (g.Prompt, g.Answers[0].Ids)),
            .. batch.Select(g => (g.Prompt, g.Answers[1].Ids)),
        ]);
        (Tensor sums, Tensor counts) = _model.Score(ids, mask, labels);
        Tensor[] means = (sums / counts).chunk(2);
        Tensor loss = (means[1].exp() - means[0].exp()).mean();
        loss.backward();
        using (no_grad())
        {
            Tensor norm = stack([.. _weights.Select(w => w.grad!.norm().to(ScalarType.Float32))]).norm();
            double factor = Math.Min(1, 1 / (norm.item<float>() + 1e-6));
            foreach (Tensor weight in _weights)
                weight.grad!.TimesInPlace(factor);
            foreach (Tensor step in _steps)
                step.PlusInPlace(1);
            Aten.FusedAdamW(
                [.. _weights.Select(w => w.detach())],
                [.. _weights.Select(w => w.grad!)],
                _first,
                _second,
                _steps,
                Rate,
                0.9,
                0.999,
                0,
                1e-8
            );
        }
        return (loss.item<float>(), ids.numel());
    }

    public override void Dispose()
    {
        _model.Dispose();
        foreach (Tensor tensor in (Tensor[])[.. _first, .. _second, .. _steps])
            tensor.Dispose();
    }
}

/// <summary>The trainer itself, one step at a time.</summary>
internal sealed class SimperContestant : Timed
{
    private readonly LanguageModel _model;
    private readonly AdamW _optimizer;
    private readonly TrainingState _state;
    private readonly MemoryPlan _plan;
    private readonly long _memoryBytes;

    public SimperContestant(LanguageModel model, IReadOnlyList<TokenizedGroup> rows, double memoryBytes)
    {
        _model = model;
        _memoryBytes = (long)memoryBytes;
        _plan = MemoryPlan.For(model, rows, new SimPer(), (long)memoryBytes, ProcessMemory.Now());
        _optimizer = new AdamW(model.Parameters);
        _state = new TrainingState(model, _optimizer, null, new StepGuard(NonFiniteRule.Stop, SpikeRule.Apply));
    }

    public override string Name => "simper";

    protected override (double, long) Run(TokenizedGroup[] batch)
    {
        var trainer = new Trainer(_model, batch, new SimPer())
        {
            LearningRate = 5e-7,
            PairsPerStep = batch.Length,
            PairsPerMicroBatch = batch.Length,
            TokensPerMicroBatch = _plan.TokensPerMicroBatch,
            KeptTokens = _plan.KeptTokens,
            HeadRows = _plan.HeadRows,
            MemoryBytes = _memoryBytes,
        };
        _state.Step = 0;
        StepReport report = trainer.Step(_state, new LearningRateSchedule(ScheduleKind.Constant, 0, 1), _optimizer);
        return (report.Loss, report.Tokens);
    }

    public override void Dispose() => _optimizer.Dispose();
}
