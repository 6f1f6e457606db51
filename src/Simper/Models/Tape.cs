using Simper.Models.Layers;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// What a forward pass saves for its backward pass: the input of every block, and its activations unless
/// <paramref name="recomputes"/>, when they are recomputed block by block (activation checkpointing: about a third more time, a
/// fraction of the memory; bit-identical). Owns what is recorded until it is popped.
/// </summary>
internal sealed class Tape(bool recomputes) : IDisposable
{
    private readonly Stack<(Tensor Input, Activations? Kept)> _blocks = new();

    public bool Recomputes => recomputes;

    /// <summary>Bytes recorded.</summary>
    public long Bytes => _blocks.Sum(b => Tensors.TensorMemory.ByteCount(b.Input) + (b.Kept?.Bytes ?? 0));

    public void Record(Tensor input, Activations? kept) => _blocks.Push((input.DetachFromDisposeScope(), kept));

    /// <summary>Pops the block recorded last; the caller owns it now.</summary>
    public (Tensor Input, Activations? Kept) Take() => _blocks.Pop();

    public void Dispose()
    {
        while (_blocks.TryPop(out (Tensor Input, Activations? Kept) block))
        {
            block.Input.Dispose();
            block.Kept?.Dispose();
        }
    }
}
