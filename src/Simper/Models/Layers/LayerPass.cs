using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>What a pass tells every layer of it.</summary>
internal sealed record LayerPass
{
    /// <summary>Segments of the tokens, and their rotations.</summary>
    public required Positions At { get; init; }

    /// <summary>The tokens whose output is wanted of this layer [R], int64; null for all.</summary>
    public Tensor? Rows { get; init; }

    /// <summary>Where tokens go on behind cached ones: a cache for each segment.</summary>
    public IReadOnlyList<CachedHeads>? Caches { get; init; }

    /// <summary>The layer's place in the caches.</summary>
    public int Layer { get; init; }

    /// <summary>The wanted rows of a tensor of all tokens.</summary>
    public Tensor Wanted(Tensor tokens) => Rows is null ? tokens : tokens.index_select(0, Rows);

    /// <summary>A gradient of the wanted rows, with zeros for all other tokens.</summary>
    public Tensor Spread(Tensor wanted) =>
        Rows is null
            ? wanted
            : zeros(At.Layout.Tokens, wanted.size(1), dtype: wanted.dtype, device: wanted.device).index_copy_(0, Rows, wanted);
}
