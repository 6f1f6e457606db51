using Simper.Models;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// What a run's next step depends on, between two steps: the weights in training precision, AdamW's moments, a reference that
/// follows the policy, and what its guards know. Rates, data order and random numbers are functions of step and seed, and need no
/// state; only a factor on the rates is. The tensors are those in use, by name: copied bit for bit into the state of another run
/// at its start, that run goes on as this one.
/// </summary>
internal sealed class TrainingState
{
    private const string Policy = "weights/";

    private readonly AdamW _optimizer;
    private readonly Parameter[] _weights;

    public TrainingState(LanguageModel policy, AdamW optimizer, Reference? reference, StepGuard guard)
    {
        (_optimizer, Guard) = (optimizer, guard);
        _weights = [.. policy.Parameters, .. reference?.State ?? []];
        Tensors = [.. Weights(Policy, policy.Parameters), .. optimizer.State, .. Weights("reference/", reference?.State ?? [])];
    }

    /// <summary>All tensors by name. Not the caller's.</summary>
    public IReadOnlyList<(string Name, Tensor Tensor)> Tensors { get; }

    /// <summary>Steps behind the run, skipped ones included.</summary>
    public int Step { get; set; }

    /// <summary>Updates that AdamW made: fewer than the steps where some were skipped or undone.</summary>
    public int Updates => _optimizer.Steps;

    /// <summary>What decides whether steps are applied.</summary>
    public StepGuard Guard { get; }

    /// <summary>A factor on the rates of all steps from now on.</summary>
    public double RateFactor { get; set; } = 1;

    /// <summary>Takes over tensors and the number of updates that they are made of.</summary>
    /// <param name="updates">AdamW's count.</param>
    /// <param name="read">A tensor by name, of the same dtype and shape as the one in <see cref="Tensors"/>; disposed here. All
    /// must be known to be readable.</param>
    public void Restore(int updates, Func<string, Tensor> read)
    {
        Copy(Tensors, _weights, read);
        _optimizer.Steps = updates;
    }

    /// <summary>The weights of a policy among the tensors of its state.</summary>
    public static IEnumerable<(string Name, Tensor Tensor)> WeightsOf(LanguageModel policy) => Weights(Policy, policy.Parameters);

    /// <summary>Takes over the weights alone, after training.</summary>
    /// <param name="policy">Whose weights are replaced.</param>
    /// <param name="read">As in <see cref="Restore"/>, of <see cref="WeightsOf"/>.</param>
    public static void RestoreWeights(LanguageModel policy, Func<string, Tensor> read) =>
        Copy(WeightsOf(policy), policy.Parameters, read);

    private static void Copy(
        IEnumerable<(string Name, Tensor Tensor)> tensors,
        IEnumerable<Parameter> weights,
        Func<string, Tensor> read
    )
    {
        using var noGrad = no_grad();
        foreach ((string name, Tensor tensor) in tensors)
        {
            using Tensor stored = read(name);
            tensor.copy_(stored); // returns the tensor itself
        }
        foreach (Parameter parameter in weights)
            parameter.Weight.Restored();
    }

    private static IEnumerable<(string, Tensor)> Weights(string prefix, IEnumerable<Parameter> parameters) =>
        parameters.SelectMany(p => p.Weight.State.Select(s => (prefix + p.Name + s.Part, s.Tensor)));
}
