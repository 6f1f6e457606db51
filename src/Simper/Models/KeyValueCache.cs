using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// The rotated keys and the values of one sequence in every layer, with room for a fixed number of tokens. Owns its tensors.
/// Not thread safe.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys, _values; // per layer [K, capacity, E]

    public KeyValueCache(DecoderShape shape, int capacity, ScalarType type)
    {
        Capacity = capacity;
        _keys = [.. Enumerable.Range(0, shape.Layers).Select(_ => Room())];
        _values = [.. Enumerable.Range(0, shape.Layers).Select(_ => Room())];

        Tensor Room() => empty([shape.KeyValueHeads, capacity, shape.HeadWidth], dtype: type).DetachFromDisposeScope();
    }

    public int Capacity { get; }

    /// <summary>Tokens whose keys and values are in every layer.</summary>
    public int Length { get; private set; }

    /// <summary>What is cached of a layer; attention writes new tokens behind it.</summary>
    public CachedHeads At(int layer) => new(_keys[layer], _values[layer], Length);

    /// <summary>Counts the tokens that every layer has received.</summary>
    public void Advance(int tokens) => Length += tokens;

    public void Dispose()
    {
        foreach (Tensor tensor in _keys.Concat(_values))
            tensor.Dispose();
    }
}
