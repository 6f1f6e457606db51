using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// What layers keep of a forward pass for their backward pass, last in, first out: each layer takes what it kept, in reverse
/// order. Norm outputs and gated activations are not kept but made again: they are cheap, and would be a third of the memory.
/// Owns its tensors until they are taken.
/// </summary>
internal sealed class Activations : IDisposable
{
    private readonly Stack<Tensor> _kept = new();
    private readonly List<Tensor> _taken = [];

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes => _kept.Sum(Tensors.TensorMemory.ByteCount);

    /// <summary>Keeps a tensor; views keep the memory they lie in.</summary>
    public void Keep(Tensor tensor) => _kept.Push(tensor.DetachFromDisposeScope());

    /// <summary>The tensor that was kept last; it lives as long as this object.</summary>
    public Tensor Take()
    {
        Tensor tensor = _kept.Pop();
        _taken.Add(tensor);
        return tensor;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _kept.Concat(_taken))
            tensor.Dispose();
        _kept.Clear();
        _taken.Clear();
    }
}
