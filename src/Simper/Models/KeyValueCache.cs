using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// The rotated keys and the values of one sequence in every layer, with room for a fixed number of tokens. Owns its tensors.
/// Not thread safe.
/// </summary>
internal sealed class KeyValueCache(DecoderShape shape, int capacity, KernelSet kernels) : IDisposable
{
    private readonly Tensor _keys = Room(shape, capacity, kernels);
    private readonly Tensor _values = Room(shape, capacity, kernels);

    public int Capacity => capacity;

    /// <summary>Tokens whose keys and values are in every layer.</summary>
    public int Length { get; private set; }

    /// <summary>What is cached; attention writes new tokens behind it, layer by layer.</summary>
    public CachedHeads Heads => new(_keys, _values, Length);

    /// <summary>Counts the tokens that every layer has received.</summary>
    public void Advance(int tokens) => Length += tokens;

    // What is never written is never mapped: room for a long answer that ends early costs addresses only.
    private static Tensor Room(DecoderShape shape, int capacity, KernelSet kernels) =>
        empty(
                [shape.Layers, shape.KeyValueHeads, capacity, shape.HeadWidth],
                dtype: kernels.Precision.Compute,
                device: kernels.Device
            )
            .DetachFromDisposeScope();

    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
