using Simper.Kernels;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Weights;

/// <summary>
/// Weights in the compute dtype. Vectors, which norms and sums read in the wide dtype, are stored in both; a matrix trains in
/// this format only where both dtypes are the same.
/// </summary>
public sealed class FloatWeight : TensorWeight
{
    private readonly KernelSet _kernels;
    private readonly Tensor? _wide;

    /// <param name="name">Our name.</param>
    /// <param name="compute">Its values in the compute dtype, which the weight now owns.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="isMatrix">Whether it is no vector.</param>
    /// <param name="trains">Whether it trains.</param>
    internal FloatWeight(string name, Tensor compute, KernelSet kernels, bool isMatrix, bool trains)
        : base(name, compute, kernels, isMatrix, trains)
    {
        _kernels = kernels;
        bool narrow = kernels.Precision.Compute != kernels.Precision.Wide;
        _wide =
            !narrow ? Compute
            : isMatrix ? null
            : Compute.to(kernels.Precision.Wide).DetachFromDisposeScope();
    }

    public override long Bytes =>
        TensorMemory.ByteCount(Compute) + (_wide is null || ReferenceEquals(_wide, Compute) ? 0 : TensorMemory.ByteCount(_wide));

    /// <summary>The weights in the wide dtype; of a bfloat16 matrix there are none.</summary>
    internal Tensor Wide => _wide ?? throw new InvalidOperationException($"{Name} is stored in the compute dtype only.");

    public override Tensor Values(long firstRow, long rows) => (_wide ?? Compute).narrow(0, firstRow, rows);

    internal override IReadOnlyList<(string Part, Tensor Tensor)> State => [("", Wide)];

    internal override Tensor Values(IReadOnlyList<Tensor> state, long firstRow, long rows) => state[0].narrow(0, firstRow, rows);

    internal override void Restored() => RefreshCompute();

    internal override void Set(Tensor values)
    {
        Wide.copy_(values);
        RefreshCompute();
    }

    internal override void Update(Tensor gradient, Tensor first, Tensor second, AdamWStep step)
    {
        _kernels.AdamW(Wide, null, gradient, first, second, step);
        RefreshCompute();
    }

    private void RefreshCompute()
    {
        if (!ReferenceEquals(Compute, _wide))
            Compute.copy_(Wide);
    }

    public override void Dispose()
    {
        if (!ReferenceEquals(Compute, _wide))
            _wide?.Dispose();
        base.Dispose();
    }
}
