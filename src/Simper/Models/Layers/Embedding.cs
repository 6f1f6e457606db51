using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, V vocabulary, D width.

/// <summary>
/// The table's row of each token, times a scale if the family has one; plus its position's row where positions are learned.
/// </summary>
internal sealed class Embedding(Weight table, double scale, TensorWeight? positions, EmbeddingLowRank? adapter, KernelSet kernels)
{
    // As in transformers, which stores the scale in the compute dtype: in bfloat16 √3072 is 55.5.
    private readonly double _scale = kernels.Precision.RoundToCompute(scale);

    /// <summary>[V, D]</summary>
    public Weight Table => table;

    public IEnumerable<Weight> Weights => [table, .. positions is null ? (Weight[])[] : [positions], .. adapter?.Weights ?? []];

    /// <summary>The residual stream before the first block [T, D], wide.</summary>
    /// <param name="ids">[T]</param>
    /// <param name="places">The tokens' positions [T].</param>
    public Tensor Forward(Tensor ids, Tensor places)
    {
        Tensor rows = kernels.Rows(table.Matrix, ids);
        if (adapter is not null)
            rows = adapter.AddedTo(rows, ids);
        Tensor scaled = _scale == 1 ? rows : rows.Times(_scale);
        return positions is null ? scaled : kernels.Add(scaled, positions.Compute.index_select(0, places));
    }

    /// <summary>Accumulates the gradients; on the CPU rows of the same token are summed in a fixed order.</summary>
    public void Backward(Tensor gradient, Tensor ids, Tensor places)
    {
        Tensor ofRows = _scale == 1 ? gradient : gradient.Times(_scale);
        table.Parameter?.GradientBuffer().IndexAddInPlace(0, ids, ofRows);
        adapter?.AddGradients(ofRows, ids);
        if (positions?.Parameter is { } learned)
            learned.GradientBuffer().IndexAddInPlace(0, places, gradient);
    }
}
