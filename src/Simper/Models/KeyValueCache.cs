using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// The rotated keys and the values of one sequence in every layer, with a fixed capacity in tokens. Owns its tensors. Not thread
/// safe.
/// </summary>
internal sealed class KeyValueCache(DecoderShape shape, int capacity, KernelSet kernels) : IDisposable
{
    private readonly Tensor _keys = Room(shape, capacity, kernels);
    private readonly Tensor _values = Room(shape, capacity, kernels);

    public int Capacity => capacity;

    /// <summary>Tokens cached in every layer.</summary>
    public int Length { get; private set; }

    /// <summary>The cached heads; attention appends new tokens to them, layer by layer.</summary>
    public CachedHeads Heads => new(_keys, _values, Length);

    /// <summary>Ids of the cached tokens, where the cache may have to start anew (<see cref="CacheRenewal"/>).</summary>
    public List<long> Tokens { get; } = [];

    /// <summary>Forgets keys and values.</summary>
    public void Clear() => Length = 0;

    /// <summary>Advances by the tokens that every layer has received.</summary>
    public void Advance(int tokens) => Length += tokens;

    // Pages never written are never mapped: the capacity of a long answer that ends early costs address space only.
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
