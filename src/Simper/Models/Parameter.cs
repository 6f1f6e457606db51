using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// One matrix or vector of weights: the master in the wide type, which the optimizer moves; the copy that matrix products read,
/// in the compute type (the same tensor where the types are equal); and the gradient in the wide type, made when first needed.
/// Owns its tensors. Not thread safe.
/// </summary>
public sealed class Parameter : IDisposable
{
    private readonly Precision _precision;

    internal Parameter(string name, Tensor values, Precision precision, bool isMatrix, bool trainable)
    {
        Name = name;
        IsMatrix = isMatrix;
        IsTrainable = trainable;
        _precision = precision;
        // Frozen weights need no master: the compute copy is all there is.
        Master = values.to(trainable ? precision.Wide : precision.Compute, copy: true).DetachFromDisposeScope();
        Compute = Master.dtype == precision.Compute ? Master : Master.to(precision.Compute).DetachFromDisposeScope();
    }

    /// <summary>Our name, for messages; published names are the business of the <see cref="NameMap"/>.</summary>
    public string Name { get; }

    /// <summary>False for norms and biases, which weight decay leaves alone (as transformers does).</summary>
    public bool IsMatrix { get; }

    /// <summary>Whether there is a master in the wide type.</summary>
    public bool IsTrainable { get; }

    /// <summary>The weights that the optimizer moves.</summary>
    public Tensor Master { get; }

    /// <summary>The weights that matrix products read.</summary>
    public Tensor Compute { get; }

    /// <summary>The sum of gradients since <see cref="ClearGradient"/>; null before the first.</summary>
    public Tensor? Gradient { get; private set; }

    /// <summary>The gradient's buffer, zeros when it was just made.</summary>
    internal Tensor GradientBuffer() => Gradient ??= zeros_like(Master).DetachFromDisposeScope();

    /// <summary>Adds the gradient of y = x Wᵀ: dyᵀ x.</summary>
    /// <param name="dy">[T, out] in the compute type.</param>
    /// <param name="x">[T, in] in the compute type.</param>
    internal void AddOuterProduct(Tensor dy, Tensor x)
    {
        Tensor gradient = GradientBuffer();
        using Tensor dyTransposed = dy.t();
        if (_precision.Compute == _precision.Wide)
        {
            gradient.addmm_(dyTransposed, x);
            return;
        }
        using Tensor product = dyTransposed.mm(x);
        gradient.add_(product); // The sum across micro-batches is wide; each term was summed wide inside the product.
    }

    internal void AddToGradient(Tensor gradient) => GradientBuffer().add_(gradient);

    /// <summary>Sets the gradient to zero, keeping its memory.</summary>
    internal void ClearGradient() => Gradient?.zero_().Dispose(); // in-place calls return a second handle

    /// <summary>Frees the gradient's memory.</summary>
    internal void DropGradient()
    {
        Gradient?.Dispose();
        Gradient = null;
    }

    /// <summary>Brings the compute copy up to the master, after the optimizer moved it.</summary>
    internal void RefreshCompute()
    {
        if (!ReferenceEquals(Compute, Master))
            Compute.copy_(Master);
    }

    public void Dispose()
    {
        DropGradient();
        if (!ReferenceEquals(Compute, Master))
            Compute.Dispose();
        Master.Dispose();
    }
}
