using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>The state of a training between two steps, as it is written: the policy as a model, and the rest.</summary>
/// <param name="Files">The policy's files other than weights.</param>
/// <param name="Type">The dtype in which the weights are whole.</param>
/// <param name="Weights">The policy's weights under their published names, or its adapter's.</param>
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

    /// <summary>The policy, if it is an adapter's: then the weights are the adapter's.</summary>
    public LanguageModel? Adapted { get; init; }

    /// <summary>Whether a file belongs to the model's part of a checkpoint.</summary>
    public bool IsPart(string name) =>
        Adapted is null ? CheckpointWriter.IsPart(name, Files) : AdapterFolder.IsPart(name, Files.Others.Keys);

    /// <summary>Writes the policy, as a model in the dtype in which its weights are whole, or as an adapter.</summary>
    /// <param name="staged">The folder that is being made.</param>
    /// <param name="besides">Bytes that will be written besides.</param>
    public void WriteModel(StagedFolder staged, long besides)
    {
        if (Adapted is null)
            CheckpointWriter.Write(staged, Files, Weights, Type, besides: besides);
        else
            Adapted.WriteAdapter(staged, Weights);
    }

    /// <summary>The memory of the copies, if it is kept for the next ones.</summary>
    public LargePages? Pages { get; init; }

    public void Dispose()
    {
        foreach (Tensor tensor in Owned)
            tensor.Dispose();
        Pages?.Return();
    }
}
