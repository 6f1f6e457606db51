using Simper.Models;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// What a run's next step depends on, between two steps: the weights in training precision, AdamW's moments, a reference that
/// follows the policy. Rates, data order and random numbers are functions of step and seed, and need no state. The tensors are
/// those in use, by name: copied bit for bit into the state of another run at its start, that run goes on as this one.
/// </summary>
internal sealed class TrainingState
{
    private readonly AdamW _optimizer;
    private readonly Parameter[] _weights;

    public TrainingState(LanguageModel policy, AdamW optimizer, Reference? reference)
    {
        _optimizer = optimizer;
        _weights = [.. policy.Parameters, .. reference?.State ?? []];
        Tensors =
        [
            .. Weights("weights/", policy.Parameters),
            .. optimizer.State,
            .. Weights("reference/", reference?.State ?? []),
        ];
    }

    /// <summary>All tensors by name. Not the caller's.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Tensors { get; }

    /// <summary>Optimizer steps done.</summary>
    public int Steps => _optimizer.Steps;

    /// <summary>Takes over the state after a number of steps.</summary>
    /// <param name="steps">Optimizer steps done.</param>
    /// <param name="read">A tensor by name, of the same dtype and shape as the one in <see cref="Tensors"/>; disposed here. All
    /// must be known to be readable.</param>
    public void Restore(int steps, Func<string, Tensor> read)
    {
        using var noGrad = no_grad();
        foreach ((string name, Tensor tensor) in Tensors)
        {
            using Tensor stored = read(name);
            tensor.copy_(stored); // returns the tensor itself
        }
        foreach (Parameter parameter in _weights)
            parameter.Weight.Restored();
        _optimizer.Steps = steps;
    }

    private static IEnumerable<(string, Tensor)> Weights(string prefix, IEnumerable<Parameter> parameters) =>
        parameters.SelectMany(p => p.Weight.State.Select(s => (prefix + p.Name + s.Part, s.Tensor)));
}
