using Simper.Kernels.Cpu;
using Simper.Kernels.Torch;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels;

/// <summary>
/// The closed set of operations of a decoder and its optimizer (<c>KernelSet.Operations.cs</c>), over whole tensors: each
/// reads its inputs once, writes its outputs once, and accumulates in the wide dtype. "compute" and "wide" are the dtypes of a
/// <see cref="Precision"/>. Tensors are contiguous and on <see cref="Device"/>. Results belong to the caller (or to the open
/// dispose scope). All device work goes through here, so that another device is another subclass: <c>Kernels/Cpu</c> has our CPU
/// kernels, <c>Kernels/Torch</c> the same in libtorch's operators only. One object per decoder; not thread safe.
/// </summary>
internal abstract partial class KernelSet : IDisposable
{
    private protected KernelSet(Precision precision, Device device) => (Precision, Device) = (precision, device);

    /// <summary>The operations in the dtypes of a precision on a device, by default the CPU.</summary>
    public static KernelSet For(Precision precision, Device? device = null) =>
        device is not null && device.type != DeviceType.CPU ? new TorchKernels(precision, device)
        : precision.Compute == ScalarType.BFloat16 && MatrixUnit.IsAvailable ? new TiledKernels()
        : Plain(precision);

    /// <summary>The operations on the CPU without its bfloat16 products: the reference for those.</summary>
    public static KernelSet Plain(Precision precision) =>
        precision.Compute switch
        {
            ScalarType.BFloat16 => new CpuKernels<BFloat16, float>(precision),
            ScalarType.Float32 => new CpuKernels<float, float>(precision),
            _ => new CpuKernels<double, double>(precision),
        };

    /// <summary>The dtypes.</summary>
    public Precision Precision { get; }

    /// <summary>Where tensors are stored.</summary>
    public Device Device { get; }

    /// <summary>If set, results are allocated from this memory, at the same places in every step.</summary>
    public StepMemory? Reused { get; set; }

    /// <summary>
    /// If set, a row's products and attention over a cache have the same bits whatever other rows are computed with it, and
    /// however many: what one sequence gets does not depend on its neighbours. On the CPU only. Weights must not change
    /// meanwhile.
    /// </summary>
    public virtual bool IsBatchInvariant { get; set; }

    /// <summary>Whether matrices are kept a second time then, in the order in which products read them.</summary>
    public virtual bool KeepsPanels => false;

    /// <summary>A contiguous uninitialised tensor, which the caller owns.</summary>
    public Tensor Empty(ScalarType type, params ReadOnlySpan<long> shape) =>
        Reused?.Take(this, type, shape) ?? EmptyTensor(type, shape);

    /// <summary>The same, zero-initialised.</summary>
    public Tensor Zeros(ScalarType type, params ReadOnlySpan<long> shape)
    {
        Tensor tensor = EmptyTensor(type, shape);
        tensor.zero_().Dispose(); // in-place calls return a second handle
        return tensor;
    }

    /// <summary>
    /// x [T, D] with some values dropped, the others divided by 1 - p: which ones is a function of the tokens' keys [T], int64,
    /// of the layer's key and of the column.
    /// </summary>
    public Tensor Drop(Tensor x, Tensor keys, long key, double probability)
    {
        using var scope = NewDisposeScope();
        Tensor dropped = DropoutMask.Of(keys.cpu(), key, x.size(1), probability).to(Device);
        return x.Times(1 / (1 - probability)).Masked(dropped, 0).MoveToOuterDisposeScope();
    }

    /// <summary>x Wᵀ + u Bᵀ + b [T, N], compute: a linear layer and its adapters.</summary>
    /// <param name="x">[T, D], compute.</param>
    /// <param name="weight">W [N, D], compute or packed.</param>
    /// <param name="bias">b [N], compute, or null.</param>
    /// <param name="reduced">u [T, R], compute.</param>
    /// <param name="up">B [N, R], compute.</param>
    public virtual Tensor LinearPlus(Tensor x, WeightMatrix weight, Tensor? bias, Tensor reduced, Tensor up)
    {
        Tensor y = Linear(x, weight, bias);
        y.PlusInPlace(Linear(reduced, up, bias: null));
        return y;
    }

    /// <summary>residual + x Wᵀ + u Bᵀ + b [T, N], wide; as <see cref="LinearPlus"/>.</summary>
    public virtual Tensor AddLinearPlus(
        Tensor? residual,
        Tensor x,
        WeightMatrix weight,
        Tensor? bias,
        Tensor reduced,
        Tensor up
    ) => AddLinear(AddLinear(residual, x, weight, bias), reduced, up, bias: null);

    /// <summary><see cref="GatedLinear"/> of x Wᵀ + u Bᵀ + b; as <see cref="LinearPlus"/>.</summary>
    public virtual (Tensor GateUp, Tensor Gated) GatedLinearPlus(
        Tensor x,
        WeightMatrix weight,
        Tensor? bias,
        Activation activation,
        Tensor reduced,
        Tensor up
    )
    {
        Tensor gateUp = LinearPlus(x, weight, bias, reduced, up);
        return (gateUp, Gate(gateUp, activation));
    }

    /// <summary>dy W + du A [T, D], compute: the gradient of the input of a linear layer and its adapters.</summary>
    /// <param name="dy">[T, N], compute.</param>
    /// <param name="weight">W [N, D], compute or packed.</param>
    /// <param name="reduced">du [T, R], compute.</param>
    /// <param name="down">A [R, D], compute.</param>
    public virtual Tensor LinearPlusBackward(Tensor dy, WeightMatrix weight, Tensor reduced, Tensor down)
    {
        Tensor dx = LinearBackward(dy, weight);
        dx.PlusInPlace(LinearBackward(reduced, down));
        return dx;
    }

    /// <summary><see cref="GatedLinearBackward"/> of dy W + du A; as <see cref="LinearPlusBackward"/>.</summary>
    public virtual (Tensor GateUp, Tensor Gated) GatedLinearPlusBackward(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        Activation activation,
        Tensor reduced,
        Tensor down
    )
    {
        Tensor dGated = LinearPlusBackward(dy, weight, reduced, down);
        return (GateBackward(dGated, gateUp, activation), Gate(gateUp, activation));
    }

    /// <summary>Another set of the same operations on the same device, for a decoder that shares weights.</summary>
    public abstract KernelSet Another();

    /// <summary>An int64 tensor [n] on the device.</summary>
    public Tensor Indices(long[] numbers) => tensor(numbers, device: Device);

    /// <summary>Frees what the set caches between calls.</summary>
    public virtual void Dispose() { }

    internal abstract Tensor EmptyTensor(ScalarType type, ReadOnlySpan<long> shape);
}
