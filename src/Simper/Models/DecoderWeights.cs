namespace Simper.Models;

/// <summary>All weights of a decoder. Owns them.</summary>
internal sealed class DecoderWeights : IDisposable
{
    /// <summary>[V, D]</summary>
    public required Parameter Embedding { get; init; }

    public required IReadOnlyList<BlockWeights> Blocks { get; init; }

    public required Parameter FinalNorm { get; init; }

    /// <summary>[V, D]; the embedding itself where the head is tied.</summary>
    public required Parameter Head { get; init; }

    /// <summary>Each parameter once, in order of the forward pass.</summary>
    public IReadOnlyList<Parameter> All =>
        _all ??= [.. new[] { Embedding }.Concat(Blocks.SelectMany(b => b.All)).Append(FinalNorm).Append(Head).Distinct()];

    private IReadOnlyList<Parameter>? _all;

    public void Dispose()
    {
        foreach (Parameter parameter in All)
            parameter.Dispose();
    }
}
