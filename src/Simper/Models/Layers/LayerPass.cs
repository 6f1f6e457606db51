using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>Arguments of a pass that are common to all layers.</summary>
internal sealed record LayerPass
{
    /// <summary>Segments of the tokens, and their rotations.</summary>
    public required Positions At { get; init; }

    /// <summary>The tokens whose output is needed from this layer [R], int64; null for all.</summary>
    public Tensor? Rows { get; init; }

    /// <summary>When decoding: a cache for each segment, which its tokens continue.</summary>
    public IReadOnlyList<CachedHeads>? Caches { get; init; }

    /// <summary>The layer's index in the caches.</summary>
    public int Layer { get; init; }

    /// <summary>What routers have chosen in this pass, where their loss counts.</summary>
    public RouterLoss? RouterLoss { get; init; }

    /// <summary>The needed rows of a tensor of all tokens.</summary>
    public Tensor Wanted(Tensor tokens) => Rows is null ? tokens : tokens.index_select(0, Rows);

    /// <summary>A gradient of the needed rows, scattered to all tokens, with zeros elsewhere.</summary>
    public Tensor Spread(Tensor wanted) =>
        Rows is null
            ? wanted
            : zeros(At.Layout.Tokens, wanted.size(1), dtype: wanted.dtype, device: wanted.device).index_copy_(0, Rows, wanted);
}
