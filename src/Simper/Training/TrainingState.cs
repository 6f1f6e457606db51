using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// What a run's next step depends on, between two steps: the weights in training precision, AdamW's moments, a reference that
/// follows the policy. Rates, data order and random numbers are functions of step and seed, and need no state. Copied bit for
/// bit into the state of another run at its start, that run goes on as this one.
/// </summary>
internal sealed class TrainingState
{
    private readonly LanguageModel _policy;
    private readonly AdamW _optimizer;
    private readonly IReadOnlyList<Parameter> _reference;

    public TrainingState(LanguageModel policy, AdamW optimizer, Reference? reference)
    {
        (_policy, _optimizer, _reference) = (policy, optimizer, reference?.State ?? []);
        Tensors =
        [
            .. optimizer.State,
            .. _reference.SelectMany(p => p.Weight.State.Select(s => ("reference/" + p.Name + s.Part, s.Tensor))),
        ];
    }

    /// <summary>What there is beside the policy's weights, by name. Not the caller's.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Tensors { get; }

    /// <summary>Optimizer steps done.</summary>
    public int Steps => _optimizer.Steps;

    /// <summary>Bytes of a copy.</summary>
    public long Bytes =>
        Tensors.Sum(t => TensorMemory.ByteCount(t.Tensor))
        + _policy.Parameters.SelectMany(p => p.Weight.State).Sum(s => TensorMemory.ByteCount(s.Tensor));

    /// <summary>The state as it is, for as long as no step is made, or a copy that stays as it is.</summary>
    public StateSnapshot Snapshot(bool copies)
    {
        using var noGrad = no_grad();
        Tensor Taken(Tensor tensor) => copies ? tensor.clone().DetachFromDisposeScope() : tensor;
        Dictionary<string, Tensor[]> weights = _policy.Parameters.ToDictionary(
            p => p.Name,
            p => p.Weight.State.Select(s => Taken(s.Tensor)).ToArray(),
            StringComparer.Ordinal
        );
        (string Name, Tensor Tensor)[] tensors = [.. Tensors.Select(t => (t.Name, Taken(t.Tensor)))];
        return new StateSnapshot(
            _policy.Files.ForSaving(),
            _policy.Precision.Wide,
            _policy.Stored((weight, row, rows) => weight.Values(weights[weight.Name], row, rows)),
            tensors
        )
        {
            Owned = copies ? [.. weights.Values.SelectMany(w => w), .. tensors.Select(t => t.Tensor)] : [],
        };
    }

    /// <summary>Takes over the state after a number of steps.</summary>
    /// <param name="steps">Optimizer steps done.</param>
    /// <param name="model">The policy, saved in the wide dtype.</param>
    /// <param name="read">One of <see cref="Tensors"/> by name, of the same dtype and shape; disposed here. All must be known to
    /// be readable.</param>
    /// <exception cref="SimperException">The model is of another shape; nothing was changed.</exception>
    public void Restore(int steps, Checkpoint model, Func<string, Tensor> read)
    {
        using var noGrad = no_grad();
        _policy.Replace(model);
        foreach ((string name, Tensor tensor) in Tensors)
        {
            using Tensor stored = read(name);
            tensor.copy_(stored); // returns the tensor itself
        }
        foreach (Parameter parameter in _reference)
            parameter.Weight.Restored();
        _optimizer.Steps = steps;
    }
}
