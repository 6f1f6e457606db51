using Simper.Checkpoints;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>The state of a training between two steps, as it is written: the policy as a model, and the rest.</summary>
/// <param name="Files">The policy's files other than weights.</param>
/// <param name="Type">The dtype in which the weights are whole.</param>
/// <param name="Weights">The policy's weights under their published names.</param>
/// <param name="Tensors">The rest by name; not the caller's.</param>
internal sealed record StateSnapshot(
    CheckpointFiles Files,
    ScalarType Type,
    IEnumerable<SavedTensor> Weights,
    IReadOnlyList<(string Name, Tensor Tensor)> Tensors
) : IDisposable
{
    /// <summary>The copies that it owns.</summary>
    public IReadOnlyList<Tensor> Owned { get; init; } = [];

    /// <summary>The memory of the copies, if it is kept for the next ones.</summary>
    public LargePages? Pages { get; init; }

    public void Dispose()
    {
        foreach (Tensor tensor in Owned)
            tensor.Dispose();
        Pages?.Return();
    }
}
