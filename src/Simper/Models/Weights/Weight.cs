using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models.Weights;

/// <summary>
/// A matrix or vector of weights, in one of three formats: <see cref="FloatWeight"/>, <see cref="SplitWeight"/>,
/// <see cref="PackedWeight"/>. Whether it trains is a property of each: then it has a <see cref="Parameter"/>. Owns its memory.
/// Not thread safe.
/// </summary>
public abstract class Weight : IDisposable
{
    private protected Weight(string name, bool isMatrix, params ReadOnlySpan<long> shape)
    {
        (Name, IsMatrix) = (name, isMatrix);
        Shape = shape.ToArray();
    }

    /// <summary>Our name, for messages; published names belong to the <see cref="NameMap"/>.</summary>
    public string Name { get; }

    /// <summary>False for norms and biases, which weight decay skips (as in transformers).</summary>
    public bool IsMatrix { get; }

    /// <summary>Rows and columns, or the length of a vector.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The first axis.</summary>
    public long Rows => Shape[0];

    /// <summary>Values of a row; 1 for a vector.</summary>
    public long Columns => Shape.Count == 1 ? 1 : Shape[1];

    /// <summary>Number of weights.</summary>
    public long Count => Rows * Columns;

    /// <summary>Bytes that it takes in memory, without gradient and moments.</summary>
    public abstract long Bytes { get; }

    /// <summary>What trains it; null where it is frozen.</summary>
    public virtual Parameter? Parameter => null;

    /// <summary>Whether it trains.</summary>
    public bool IsTrainable => Parameter is not null;

    /// <summary>
    /// Rows of the weights as precisely as they are stored (wide, or the compute dtype where there is nothing more): a view, or a
    /// copy where they are split or packed. The caller disposes it.
    /// </summary>
    public abstract Tensor Values(long firstRow, long rows);

    /// <summary>All weights; see <see cref="Values(long, long)"/>.</summary>
    public Tensor Values() => Values(0, Rows);

    /// <summary>The matrix as products read it.</summary>
    internal abstract WeightMatrix Matrix { get; }

    /// <summary>The memory that products read, as it is: any changed bit of the weights changes it.</summary>
    internal abstract IEnumerable<Tensor> Memory { get; }

    /// <summary>The weights of a new model in the format that suits dtype, kind and training.</summary>
    internal static TensorWeight Of(string name, Tensor values, KernelSet kernels, bool isMatrix, bool trains) =>
        Filled(name, values.shape, compute => compute.copy_(values), kernels, isMatrix, trains);

    /// <summary>The same for values that are written straight to where they stay.</summary>
    internal static TensorWeight Filled(
        string name,
        long[] shape,
        Action<Tensor> fill,
        KernelSet kernels,
        bool isMatrix,
        bool trains
    )
    {
        Tensor compute = kernels.Empty(kernels.Precision.Compute, shape);
        fill(compute);
        return trains && isMatrix && kernels.Precision.Compute != kernels.Precision.Wide
            ? new SplitWeight(name, compute, kernels)
            : new FloatWeight(name, compute, kernels, isMatrix, trains);
    }

    public abstract void Dispose();
}
