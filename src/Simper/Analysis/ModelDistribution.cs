using Simper.Kernels;
using Simper.Models;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Analysis;

/// <summary>
/// A model's distributions of the next token after a prompt and the beginning of an answer. Caches keys and values of the last
/// prefix, so that a depth-first traversal of prefixes costs one token each. Needs exclusive use of the model; not thread safe.
/// </summary>
public sealed class ModelDistribution : IDisposable
{
    private readonly Decoder _decoder;
    private readonly KeyValueCache _cache;
    private readonly List<int> _read = []; // the tokens whose keys and values are cached
    private readonly IReadOnlyList<int> _prompt;

    /// <param name="model">The model; it must outlive this object.</param>
    /// <param name="prompt">Token ids, at least one.</param>
    /// <param name="maxLength">Longest answer.</param>
    public ModelDistribution(LanguageModel model, IReadOnlyList<int> prompt, int maxLength)
        : this(model.Decoder, prompt, maxLength) { }

    internal ModelDistribution(Decoder decoder, IReadOnlyList<int> prompt, int maxLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prompt.Count, 1);
        (_decoder, _prompt) = (decoder, prompt);
        _cache = new KeyValueCache(decoder.Shape, prompt.Count + maxLength, decoder.Kernels);
    }

    /// <summary>The next token's distribution; a <see cref="NextTokenDistribution"/>.</summary>
    public IReadOnlyList<double> Next(IReadOnlyList<int> beginning)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(beginning.Count, _cache.Capacity - _prompt.Count, nameof(beginning));
        int[] wanted = [.. _prompt, .. beginning];
        int known = 0;
        // the last token is computed again: its output is needed
        while (known < _read.Count && known < wanted.Length - 1 && _read[known] == wanted[known])
            known++;
        _read.RemoveRange(known, _read.Count - known);
        _cache.Advance(known - _cache.Length); // rewind: what follows is overwritten
        int[] unread = wanted[known..];
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor logits = _decoder.NextLogits(
            Array.ConvertAll(unread, id => (long)id),
            TokenLayout.Of([(unread.Length, -1)]),
            [_cache]
        ); // [1, V]
        _read.AddRange(unread);
        return logits.to(ScalarType.Float64).softmax(-1).data<double>().ToArray();
    }

    public void Dispose() => _cache.Dispose();
}
