using Simper.Kernels;
using Simper.Kernels.Cpu;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// One matrix or vector of weights and its gradient. Matrix products read it in the compute dtype; the optimizer updates it in
/// the wide (master) dtype. A trainable bfloat16 matrix is stored once, split: the nearest bfloat16 and, separately, the low bits
/// that complete the float, so that the compute copy costs nothing and is always up to date. Whatever the checkpoint holds, a
/// master starts at the compute dtype's value: weights of coarser origin (float16, quantised blocks) are often exactly halfway
/// between two bfloat16 values, where the smallest update would move the compute copy by a whole step of bfloat16. Owns its
/// tensors. Not thread safe.
/// </summary>
public sealed class Parameter : IDisposable
{
    private readonly KernelSet _kernels;
    private readonly Tensor? _master;
    private Tensor? _gradient;
    private bool _isCleared;

    internal Parameter(string name, Tensor values, KernelSet kernels, bool isMatrix, bool trainable)
    {
        (Name, IsMatrix, IsTrainable, _kernels) = (name, isMatrix, trainable, kernels);
        Precision precision = kernels.Precision;
        bool narrow = precision.Compute != precision.Wide;
        Compute = kernels.Empty(precision.Compute, values.shape).DetachFromDisposeScope();
        Compute.copy_(values);
        if (isMatrix && narrow)
        {
            if (trainable)
                LowBits = kernels.Zeros(ScalarType.Int16, values.shape).DetachFromDisposeScope();
            return;
        }
        _master = narrow ? Compute.to(precision.Wide).DetachFromDisposeScope() : Compute;
    }

    /// <summary>Our name, for messages; published names belong to the <see cref="NameMap"/>.</summary>
    public string Name { get; }

    /// <summary>False for norms and biases, which weight decay skips (as in transformers).</summary>
    public bool IsMatrix { get; }

    /// <summary>
    /// Whether it is trainable: then it has a gradient, the optimizer's moments, and its weights in the wide dtype, whole or
    /// split.
    /// </summary>
    public bool IsTrainable { get; }

    /// <summary>Number of weights.</summary>
    public long Count => Compute.numel();

    /// <summary>The weights that matrix products read.</summary>
    public Tensor Compute { get; }

    /// <summary>
    /// The low bits: bits of the float minus bits of <see cref="Compute"/>, int16; null where weights are not split.
    /// </summary>
    internal Tensor? LowBits { get; }

    /// <summary>The weights in the wide dtype, unless they are split (norms and biases never are).</summary>
    internal Tensor Master => _master ?? throw new InvalidOperationException($"{Name} is split; read its {nameof(Values)}.");

    /// <summary>The sum of gradients since <see cref="ClearGradient"/>, wide; null before the first one.</summary>
    public Tensor? Gradient => _gradient is null ? null : GradientBuffer();

    /// <summary>
    /// Rows of the weights as precisely as they are stored (wide, or the compute dtype where there is nothing more): a view, or a
    /// copy of a split matrix. The caller disposes it.
    /// </summary>
    public Tensor Values(long firstRow, long rows)
    {
        if (LowBits is null)
            return (_master ?? Compute).narrow(0, firstRow, rows);
        using Tensor high = Compute.narrow(0, firstRow, rows);
        using Tensor missing = LowBits.narrow(0, firstRow, rows);
        return _kernels.Join(high, missing);
    }

    /// <summary>All weights; see <see cref="Values(long, long)"/>.</summary>
    public Tensor Values() => Values(0, Compute.shape[0]);

    /// <summary>Replaces all weights of a trainable parameter.</summary>
    internal void Set(Tensor values)
    {
        if (LowBits is not null)
        {
            _kernels.Split(values, Compute, LowBits);
            return;
        }
        Master.copy_(values);
        RefreshCompute();
    }

    /// <summary>The gradient buffer, zeros when just created or cleared.</summary>
    internal Tensor GradientBuffer()
    {
        if (_gradient is null)
            _gradient = _kernels.Zeros(_kernels.Precision.Wide, Compute.shape).DetachFromDisposeScope();
        else if (_isCleared)
            _gradient.zero_().Dispose(); // in-place calls return a second handle
        _isCleared = false;
        return _gradient;
    }

    /// <summary>Accumulates the weight gradient of y = x Wᵀ: dyᵀ x; nothing if it is not trainable.</summary>
    /// <param name="dy">[T, out] in the compute dtype.</param>
    /// <param name="x">[T, in] in the compute dtype.</param>
    internal void AddWeightGradient(Tensor dy, Tensor x)
    {
        if (!IsTrainable)
            return;
        bool adds = _gradient is not null && !_isCleared;
        _gradient ??= _kernels.Empty(_kernels.Precision.Wide, Compute.shape).DetachFromDisposeScope();
        _isCleared = false;
        _kernels.AddWeightGradient(_gradient, dy, x, adds);
    }

    internal void AddToGradient(Tensor gradient) => GradientBuffer().PlusInPlace(gradient);

    /// <summary>Resets the gradient to zero, keeping its memory; nothing is written until something is added.</summary>
    internal void ClearGradient() => _isCleared = true;

    /// <summary>Σ g² of the gradient.</summary>
    internal double GradientSquareSum() => _kernels.SquareSum(GradientBuffer());

    /// <summary>A zero tensor in the wide dtype, of the parameter's shape, for the optimizer.</summary>
    internal Tensor NewState() => _kernels.Zeros(_kernels.Precision.Wide, Compute.shape).DetachFromDisposeScope();

    /// <summary>Updates the weights and their moments from the gradient.</summary>
    internal void Update(Tensor first, Tensor second, AdamWStep step)
    {
        _kernels.AdamW(LowBits is null ? Master : Compute, LowBits, GradientBuffer(), first, second, step);
        RefreshCompute();
    }

    /// <summary>Frees the gradient's memory.</summary>
    internal void DropGradient()
    {
        _gradient?.Dispose();
        _gradient = null;
    }

    /// <summary>Refreshes the compute copy from its master, after an optimizer step.</summary>
    private void RefreshCompute()
    {
        if (_master is not null && !ReferenceEquals(Compute, _master))
            Compute.copy_(_master);
    }

    public void Dispose()
    {
        DropGradient();
        LowBits?.Dispose();
        _master?.Dispose();
        if (!ReferenceEquals(Compute, _master))
            Compute.Dispose();
    }
}
