using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, V words, D width.

/// <summary>A row of the table for each token, times a factor where the family has one.</summary>
internal sealed class Embedding(Parameter table, double scale, KernelSet kernels)
{
    // As transformers, which holds the factor in the compute type: in bfloat16 √3072 is 55.5.
    private readonly double _scale = kernels.Precision.RoundToCompute(scale);

    /// <summary>[V, D]</summary>
    public Parameter Table => table;

    /// <summary>The residual stream before the first block [T, D], wide.</summary>
    public Tensor Forward(Tensor ids)
    {
        Tensor rows = table.Compute.index_select(0, ids).to(kernels.Precision.Wide);
        return _scale == 1 ? rows : rows.Times(_scale);
    }

    /// <summary>Adds the table's gradient; rows of the same token add up in a fixed order on the CPU.</summary>
    public void Backward(Tensor gradient, Tensor ids)
    {
        if (table.IsTrainable)
            table.GradientBuffer().IndexAddInPlace(0, ids, _scale == 1 ? gradient : gradient.Times(_scale));
    }
}
