using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// What a run's next step depends on, between two steps: the weights in training precision, AdamW's moments, a reference that
/// follows the policy, and what its guards know. Rates, data order and random numbers are functions of step and seed, and need
/// no state; only a factor on the rates is. Copied bit for bit into the state of another run at its start, that run goes on as
/// this one.
/// </summary>
internal sealed class TrainingState : IDisposable
{
    private readonly LanguageModel _policy;
    private readonly AdamW _optimizer;
    private readonly IReadOnlyList<Parameter> _reference;
    private LargePages? _pages;
    private StateSnapshot? _live; // one that is not a copy yet

    public TrainingState(LanguageModel policy, AdamW optimizer, Reference? reference, StepGuard guard)
    {
        Guard = guard;
        (_policy, _optimizer, _reference) = (policy, optimizer, reference?.State ?? []);
        Tensors =
        [
            .. optimizer.State,
            .. _reference.SelectMany(p => p.Weight.State.Select(s => ("reference/" + p.Name + s.Part, s.Tensor))),
        ];
    }

    /// <summary>What there is beside the policy's weights, by name. Not the caller's.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Tensors { get; }

    /// <summary>Steps behind the run, skipped ones included.</summary>
    public int Step { get; set; }

    /// <summary>Updates that AdamW made: fewer than the steps where some were skipped or undone.</summary>
    public int Updates => _optimizer.Steps;

    /// <summary>What decides whether steps are applied.</summary>
    public StepGuard Guard { get; }

    /// <summary>A factor on the rates of all steps from now on.</summary>
    public double RateFactor { get; set; } = 1;

    /// <summary>Bytes of all its tensors.</summary>
    public long Bytes => All.Sum(TensorMemory.ByteCount);

    /// <summary>Bytes that a copy takes, beside the memory that is kept for copies.</summary>
    public long BytesOfCopy => _pages is { IsTaken: false } ? 0 : Bytes;

    private IEnumerable<Tensor> All =>
        _policy.Parameters.SelectMany(p => p.Weight.State).Concat(Tensors).Select(state => state.Item2);

    /// <summary>
    /// The state as it is, for as long as is needed: what of it was not written when the state is about to change is copied then.
    /// </summary>
    /// <param name="copies">Whether all is copied at once.</param>
    public StateSnapshot Snapshot(bool copies)
    {
        Dictionary<string, Tensor[]> weights = _policy.Parameters.ToDictionary(
            p => p.Name,
            p => p.Weight.State.Select(s => s.Tensor).ToArray(),
            StringComparer.Ordinal
        );
        (string Name, Tensor Tensor)[] tensors = [.. Tensors];
        var snapshot = new StateSnapshot(
            _policy.Files.ForSaving(),
            _policy.Precision.Wide,
            _policy.Stored((weight, row, rows) => weight.Values(weights[weight.Name], row, rows)),
            tensors
        )
        {
            Adapted = _policy.Adapter is null ? null : _policy,
            Copies = new StateCopies(weights.Values, tensors, TakePages),
        };
        AboutToChange(); // an earlier one is on its own from now on
        _live = snapshot;
        if (copies)
            AboutToChange();
        return snapshot;
    }

    /// <summary>
    /// To be called before weights, moments or the reference change: what is still to be written of them is copied.
    /// </summary>
    public void AboutToChange()
    {
        _live?.Detach();
        _live = null;
    }

    /// <summary>Gives back the memory that is kept for copies, once none is alive.</summary>
    public void Dispose()
    {
        AboutToChange(); // the tensors go
        _pages?.Dispose();
        _pages = null;
    }

    // Kept for the next copy, since fresh memory costs more than the copying.
    private LargePages? TakePages()
    {
        if (_pages is null or { IsTaken: true })
        {
            _pages?.Dispose(); // once the copies in it are
            _pages = All.All(t => t.device_type == TorchSharp.DeviceType.CPU) ? LargePages.For(All) : null;
        }
        _pages?.Take();
        return _pages;
    }

    /// <summary>Takes over the policy's weights, the other tensors, and the number of updates that they are made of.</summary>
    /// <param name="updates">AdamW's count.</param>
    /// <param name="model">The folder of the policy, saved in the wide dtype.</param>
    /// <param name="read">One of <see cref="Tensors"/> by name, of the same dtype and shape; disposed here. All must be known to
    /// be readable.</param>
    /// <exception cref="SimperException">The model is of another shape; nothing was changed.</exception>
    public void Restore(int updates, string model, Func<string, Tensor> read)
    {
        AboutToChange();
        using var noGrad = no_grad();
        _policy.Replace(model);
        foreach ((string name, Tensor tensor) in Tensors)
        {
            using Tensor stored = read(name);
            tensor.copy_(stored); // returns the tensor itself
        }
        foreach (Parameter parameter in _reference)
            parameter.Weight.Restored();
        _optimizer.Steps = updates;
    }
}
