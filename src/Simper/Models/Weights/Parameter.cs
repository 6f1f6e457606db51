using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Weights;

/// <summary>
/// What trains: a weight that can change, its gradient, and its step. The weight owns the values, the parameter the gradient, an
/// optimizer the moments. Not thread safe.
/// </summary>
public sealed class Parameter
{
    private readonly KernelSet _kernels;
    private Tensor? _gradient;
    private bool _isCleared;

    internal Parameter(TensorWeight weight, KernelSet kernels) => (Weight, _kernels) = (weight, kernels);

    /// <summary>The weight that trains.</summary>
    public TensorWeight Weight { get; }

    /// <inheritdoc cref="Weight.Name"/>
    public string Name => Weight.Name;

    /// <inheritdoc cref="Weight.IsMatrix"/>
    public bool IsMatrix => Weight.IsMatrix;

    /// <summary>Number of weights.</summary>
    public long Count => Weight.Count;

    /// <summary>The weights that products read.</summary>
    public Tensor Compute => Weight.Compute;

    /// <summary>The weights in the wide dtype, unless they are split (norms and biases never are).</summary>
    internal Tensor Master =>
        Weight is FloatWeight whole
            ? whole.Wide
            : throw new InvalidOperationException($"{Name} is split; read its {nameof(Values)}.");

    /// <summary>The sum of gradients since <see cref="ClearGradient"/>, wide; null before the first one.</summary>
    public Tensor? Gradient => _gradient is null ? null : GradientBuffer();

    /// <summary>The weights in the wide dtype, a view or a copy; the caller disposes it.</summary>
    public Tensor Values() => Weight.Values();

    /// <summary>The gradient buffer, zeros when just created or cleared.</summary>
    internal Tensor GradientBuffer()
    {
        if (_gradient is null)
            _gradient = NewState();
        else if (_isCleared)
            _gradient.zero_().Dispose(); // in-place calls return a second handle
        _isCleared = false;
        return _gradient;
    }

    /// <summary>Accumulates the weight gradient of y = x Wᵀ: dyᵀ x.</summary>
    /// <param name="dy">[T, out] in the compute dtype.</param>
    /// <param name="x">[T, in] in the compute dtype.</param>
    internal void AddWeightGradient(Tensor dy, Tensor x)
    {
        bool adds = _gradient is not null && !_isCleared;
        _gradient ??= _kernels.Empty(_kernels.Precision.Wide, Compute.shape).DetachFromDisposeScope();
        _isCleared = false;
        _kernels.AddWeightGradient(_gradient, dy, x, adds);
    }

    /// <summary>The only rows that train, of a vector whose other rows are frozen; null for all.</summary>
    internal IReadOnlyList<(long First, long Count)>? TrainedRows { get; set; }

    /// <summary>By which its learning rate differs from the others' (LoRA+).</summary>
    internal double RateFactor { get; set; } = 1;

    /// <summary>Accumulates a gradient; of frozen rows nothing, so that they stay where they are.</summary>
    internal void AddToGradient(Tensor gradient)
    {
        Tensor sum = GradientBuffer();
        if (TrainedRows is null)
            sum.PlusInPlace(gradient);
        else
            foreach ((long first, long count) in TrainedRows)
                sum.narrow(0, first, count).PlusInPlace(gradient.narrow(0, first, count));
    }

    /// <summary>Resets the gradient to zero, keeping its memory; nothing is written until something is added.</summary>
    internal void ClearGradient() => _isCleared = true;

    /// <summary>Σ g² of the gradient.</summary>
    internal double GradientSquareSum() => _kernels.SquareSum(GradientBuffer());

    /// <summary>A zero tensor in the wide dtype, of the parameter's shape, for the optimizer.</summary>
    internal Tensor NewState() => _kernels.Zeros(_kernels.Precision.Wide, Compute.shape).DetachFromDisposeScope();

    /// <summary>Updates the weights and their moments from the gradient.</summary>
    internal void Update(Tensor first, Tensor second, AdamWStep step) => Weight.Update(GradientBuffer(), first, second, step);

    /// <summary>Frees the gradient's memory.</summary>
    internal void DropGradient()
    {
        _gradient?.Dispose();
        _gradient = null;
    }
}
