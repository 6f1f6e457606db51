using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, V vocabulary, D width.

/// <summary>The table's row of each token, times a scale if the family has one.</summary>
internal sealed class Embedding(Weight table, double scale, KernelSet kernels)
{
    // As in transformers, which stores the scale in the compute dtype: in bfloat16 √3072 is 55.5.
    private readonly double _scale = kernels.Precision.RoundToCompute(scale);

    /// <summary>[V, D]</summary>
    public Weight Table => table;

    /// <summary>The residual stream before the first block [T, D], wide.</summary>
    public Tensor Forward(Tensor ids)
    {
        Tensor rows = kernels.Rows(table.Matrix, ids);
        return _scale == 1 ? rows : rows.Times(_scale);
    }

    /// <summary>Accumulates the table's gradient; on the CPU rows of the same token are summed in a fixed order.</summary>
    public void Backward(Tensor gradient, Tensor ids)
    {
        if (table.Parameter is { } trained)
            trained.GradientBuffer().IndexAddInPlace(0, ids, _scale == 1 ? gradient : gradient.Times(_scale));
    }
}
