using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, V vocabulary, D width, r rank.

/// <summary>The adapter of an embedding: the row of each token gains s B a, with a its row of A (PEFT's Embedding layer).</summary>
/// <param name="a">[V, r]; PEFT stores [r, V].</param>
/// <param name="b">[D, r]</param>
/// <param name="scale">s.</param>
/// <param name="kernels">The operations.</param>
internal sealed class EmbeddingLowRank(TensorWeight a, TensorWeight b, double scale, KernelSet kernels)
{
    public IEnumerable<Weight> Weights => [a, b];

    /// <summary>The rows of tokens [T, D], wide, and what the adapter adds.</summary>
    public Tensor AddedTo(Tensor rows, Tensor ids)
    {
        using var scope = NewDisposeScope();
        return kernels.AddLinear(rows, Own(ids), B(), bias: null).MoveToOuterDisposeScope();
    }

    /// <summary>Accumulates the gradients of A and B from that of the rows [T, D], wide.</summary>
    public void AddGradients(Tensor gradient, Tensor ids)
    {
        using var scope = NewDisposeScope();
        Tensor dy = kernels.Round(gradient);
        if (b.Parameter is { } up)
        {
            Tensor dB = kernels.Empty(kernels.Precision.Wide, b.Rows, b.Columns);
            kernels.AddWeightGradient(dB, dy, Own(ids), adds: false);
            up.AddToGradient(dB.Times(scale));
        }
        Tensor dOwn = kernels.LinearBackward(dy, B()).to(kernels.Precision.Wide);
        a.Parameter?.GradientBuffer().IndexAddInPlace(0, ids, dOwn);
    }

    /// <summary>Rows of the table [rows, D], wide, with what the adapter adds; the caller disposes them.</summary>
    public Tensor Merged(Tensor table, long first, long rows)
    {
        using var scope = NewDisposeScope();
        ScalarType wide = kernels.Precision.Wide;
        Tensor added = a.Values(first, rows).to(wide).mm(b.Values().to(wide).t()).Times(scale);
        return table.to(wide).Plus(added).MoveToOuterDisposeScope();
    }

    private Tensor Own(Tensor ids) => kernels.Round(kernels.Rows(a.Matrix, ids));

    private Tensor B() => b.Values().Times(scale).to(kernels.Precision.Compute);
}
