using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// A stack of what layers save in the forward pass for the backward pass: each layer pops what it pushed, in reverse order. Norm
/// outputs and gated activations are recomputed instead: they are cheap, and would be a third of the memory. Owns its tensors
/// until they are popped.
/// </summary>
internal sealed class Activations : IDisposable
{
    private readonly Stack<Tensor> _kept = new();
    private readonly List<Tensor> _taken = [];

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes => _kept.Sum(Tensors.TensorMemory.ByteCount);

    /// <summary>Pushes a tensor; views keep the memory they belong to alive.</summary>
    public void Keep(Tensor tensor) => _kept.Push(tensor.DetachFromDisposeScope());

    /// <summary>Pops the tensor pushed last; it lives as long as this object.</summary>
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
