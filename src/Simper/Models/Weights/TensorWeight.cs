using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Weights;

/// <summary>
/// Weights in a tensor of the compute dtype, with or without what completes it to the wide dtype: the formats that can train.
/// Whatever the checkpoint holds, a trainable weight starts at the compute dtype's value: weights of coarser origin (float16,
/// quantised blocks) are often exactly halfway between two bfloat16 values, where the smallest update would move the compute
/// copy by a whole step of bfloat16.
/// </summary>
public abstract class TensorWeight : Weight
{
    private protected TensorWeight(string name, Tensor compute, KernelSet kernels, bool isMatrix, bool trains)
        : base(name, isMatrix, compute.shape)
    {
        Compute = compute.DetachFromDisposeScope();
        Matrix = isMatrix ? (WeightMatrix)Compute : default;
        Parameter = trains ? new Parameter(this, kernels) : null;
    }

    public override Parameter? Parameter { get; }

    /// <summary>The weights that products read.</summary>
    public Tensor Compute { get; }

    internal override WeightMatrix Matrix { get; }

    internal override IEnumerable<Tensor> Memory => [Compute];

    /// <summary>
    /// Everything that training changes in it, under names that complete the weight's own: copied bit for bit into a weight of
    /// the same kind, it trains on as this one. Views, which the weight owns.
    /// </summary>
    internal abstract IReadOnlyList<(string Part, Tensor Tensor)> State { get; }

    /// <summary><see cref="Weight.Values(long, long)"/> of a copy of <see cref="State"/>; the caller disposes it.</summary>
    internal abstract Tensor Values(IReadOnlyList<Tensor> state, long firstRow, long rows);

    /// <summary>To be called after <see cref="State"/> was overwritten: renews what is derived from it.</summary>
    internal virtual void Restored() { }

    /// <summary>Replaces all weights.</summary>
    internal abstract void Set(Tensor values);

    /// <summary>An optimizer step on weights and moments.</summary>
    internal abstract void Update(Tensor gradient, Tensor first, Tensor second, AdamWStep step);

    public override void Dispose()
    {
        Parameter?.DropGradient();
        Compute.Dispose();
    }
}
