using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// The state of a training between two steps, as it is written: the policy as a model, and the rest. It is the state itself until
/// it is told to stay as it is; then what is not written yet is copied. One thread writes it, another may tell it.
/// </summary>
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
    private readonly SemaphoreSlim _turn = new(1); // of the one who writes a tensor, or copies tensors
    private readonly HashSet<int> _written = [];
    private bool _modelIsWritten;

    /// <summary>Copies the state when that is about to change; null where what is written stays anyway.</summary>
    public StateCopies? Copies { get; init; }

    /// <summary>Whether it is, from now on, independent of the state.</summary>
    public bool IsDetached => Copies is null or { AreMade: true };

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
        IEnumerable<SavedTensor> weights = Weights.Select(w => w with { Parts = () => InTurn(w.Parts) });
        if (Adapted is null)
            CheckpointWriter.Write(staged, Files, weights, Type, besides: besides);
        else
            Adapted.WriteAdapter(staged, weights);
        _modelIsWritten = true;
    }

    /// <summary>Writes one of the other tensors, by its place among them.</summary>
    public void WriteTensor(int index, Action<Tensor> write)
    {
        _turn.Wait();
        try
        {
            write(Tensors[index].Tensor);
            _written.Add(index);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Copies what is not written yet, between two tensors: the state may change then.</summary>
    public void Detach()
    {
        _turn.Wait();
        try
        {
            Copies?.Make(weights: !_modelIsWritten, index => !_written.Contains(index));
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        _turn.Wait();
        try
        {
            Copies?.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    // A turn lasts from before a part is taken from the weights until it is written; the first may be taken as soon as parts are
    // asked for.
    private IEnumerable<Tensor> InTurn(Func<IEnumerable<Tensor>> parts)
    {
        IEnumerator<Tensor>? part = null;
        try
        {
            while (true)
            {
                _turn.Wait();
                try
                {
                    part ??= parts().GetEnumerator();
                    if (!part.MoveNext())
                        yield break;
                    yield return part.Current;
                }
                finally
                {
                    _turn.Release();
                }
            }
        }
        finally
        {
            part?.Dispose();
        }
    }
}
