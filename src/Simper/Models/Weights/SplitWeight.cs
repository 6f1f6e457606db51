using Simper.Kernels;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models.Weights;

/// <summary>
/// A bfloat16 matrix that trains, stored once, in two halves: the nearest bfloat16, which products read, and the low bits that
/// complete its float32 master. So the compute copy costs nothing and is always up to date.
/// </summary>
public sealed class SplitWeight : TensorWeight
{
    private readonly KernelSet _kernels;

    internal SplitWeight(string name, Tensor compute, KernelSet kernels)
        : base(name, compute, kernels, isMatrix: true, trains: true)
    {
        _kernels = kernels;
        LowBits = kernels.Zeros(ScalarType.Int16, compute.shape).DetachFromDisposeScope();
    }

    /// <summary>Bits of the float minus bits of <see cref="TensorWeight.Compute"/>, int16.</summary>
    internal Tensor LowBits { get; }

    public override long Bytes => TensorMemory.ByteCount(Compute) + TensorMemory.ByteCount(LowBits);

    public override Tensor Values(long firstRow, long rows) => Values([Compute, LowBits], firstRow, rows);

    internal override IReadOnlyList<(string Part, Tensor Tensor)> State => [("", Compute), ("/low_bits", LowBits)];

    internal override Tensor Values(IReadOnlyList<Tensor> state, long firstRow, long rows)
    {
        using Tensor high = state[0].narrow(0, firstRow, rows);
        using Tensor low = state[1].narrow(0, firstRow, rows);
        return _kernels.Join(high, low);
    }

    internal override void Set(Tensor values) => _kernels.Split(values, Compute, LowBits);

    internal override void Update(Tensor gradient, Tensor first, Tensor second, AdamWStep step) =>
        _kernels.AdamW(Compute, LowBits, gradient, first, second, step);

    public override void Dispose()
    {
        LowBits.Dispose();
        base.Dispose();
    }
}
