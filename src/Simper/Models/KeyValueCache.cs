using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// The rotated keys and the values of one sequence in every layer, with room for a fixed number of tokens. Owns its tensors.
/// Not thread safe.
/// </summary>
internal sealed class KeyValueCache : IDisposable
{
    private readonly Tensor[] _keys, _values; // per layer [capacity, K, E]

    public KeyValueCache(DecoderShape shape, int capacity, ScalarType type)
    {
        Capacity = capacity;
        _keys = [.. Enumerable.Range(0, shape.Layers).Select(_ => Room())];
        _values = [.. Enumerable.Range(0, shape.Layers).Select(_ => Room())];

        Tensor Room() => empty([capacity, shape.KeyValueHeads, shape.HeadWidth], dtype: type).DetachFromDisposeScope();
    }

    public int Capacity { get; }

    /// <summary>Tokens whose keys and values are in every layer.</summary>
    public int Length { get; private set; }

    /// <summary>Writes new tokens of a layer behind the cached ones and returns views of all [T, K, E].</summary>
    public (Tensor Keys, Tensor Values) Append(int layer, Tensor keys, Tensor values)
    {
        long fresh = keys.shape[0];
        _keys[layer].narrow(0, Length, fresh).copy_(keys);
        _values[layer].narrow(0, Length, fresh).copy_(values);
        return (_keys[layer].narrow(0, 0, Length + fresh), _values[layer].narrow(0, 0, Length + fresh));
    }

    /// <summary>Counts the tokens that every layer has received.</summary>
    public void Advance(int tokens) => Length += tokens;

    public void Dispose()
    {
        foreach (Tensor tensor in _keys.Concat(_values))
            tensor.Dispose();
    }
}
