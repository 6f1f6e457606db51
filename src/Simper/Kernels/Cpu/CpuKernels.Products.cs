using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

// Products with weights, and the gradients of both.
internal unsafe partial class CpuKernels<TCompute, TWide>
{
    public override Tensor Linear(Tensor x, WeightMatrix weight, Tensor? bias)
    {
        if (x.size(0) > FewRows && !IsBatchInvariant)
        {
            Tensor product = weight.Packed is { } packed ? Multiply(x, packed) : Multiply(x, weight.Values.t());
            if (bias is not null)
                product.PlusInPlace(bias);
            return product;
        }
        Tensor result = Empty(ComputeType, x.size(0), weight.Rows);
        LinearKernel<TCompute, TWide>.Operands operands = Operands(x, weight, bias);
        Workers.Run(new LinearKernel<TCompute, TWide>.Rounded { Of = operands, Result = Compute(result) }, operands.Items);
        return result;
    }

    public override Tensor AddLinear(Tensor? residual, Tensor x, WeightMatrix weight, Tensor? bias)
    {
        if (x.size(0) > FewRows && !IsBatchInvariant)
        {
            using Tensor product = Linear(x, weight, bias);
            return residual is null ? product.to(WideType, copy: true) : Add(residual, product);
        }
        return FewRowsProduct(residual, x, weight, bias);
    }

    public override Tensor WideProduct(Tensor x, WeightMatrix weight) => FewRowsProduct(null, x, weight, null);

    private Tensor FewRowsProduct(Tensor? residual, Tensor x, WeightMatrix weight, Tensor? bias)
    {
        Tensor result = Empty(WideType, x.size(0), weight.Rows);
        LinearKernel<TCompute, TWide>.Operands operands = Operands(x, weight, bias);
        Workers.Run(
            new LinearKernel<TCompute, TWide>.Wide
            {
                Of = operands,
                Residual = residual is null ? null : Wide(residual),
                Result = Wide(result),
            },
            operands.Items
        );
        return result;
    }

    private static LinearKernel<TCompute, TWide>.Operands Operands(Tensor x, WeightMatrix weight, Tensor? bias)
    {
        Shape.Expect(x, nameof(x), -1, weight.Columns);
        return new(
            Compute(x),
            weight.Packed is null ? Compute(weight.Values) : null,
            weight.Packed,
            bias is null ? null : Compute(bias),
            (int)x.size(0),
            (int)weight.Columns,
            (int)weight.Rows
        );
    }

    public override (Tensor GateUp, Tensor Gated) GatedLinear(Tensor x, WeightMatrix weight, Tensor? bias, Activation activation)
    {
        Tensor gateUp = Linear(x, weight, bias);
        return (gateUp, Gate(gateUp, activation));
    }

    private Tensor Multiply(Tensor a, Tensor b)
    {
        Tensor product = Empty(ComputeType, a.size(0), b.size(1));
        using Profiler.Span time = Profiler.Time("product");
        Dispatcher.Call("aten::mm", "out", 1, a, b, product)[0].Dispose(); // a second handle to the same tensor
        return product;
    }

    public override Tensor LinearBackward(Tensor dy, WeightMatrix weight) =>
        weight.Packed is { } packed ? MultiplyBackward(dy, packed) : Multiply(dy, weight.Values);

    public override (Tensor GateUp, Tensor Gated) GatedLinearBackward(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        Activation activation
    )
    {
        using Tensor dGated = LinearBackward(dy, weight);
        return (GateBackward(dGated, gateUp, activation), Gate(gateUp, activation));
    }

    public override void AddWeightGradient(Tensor sum, Tensor dy, Tensor x, bool adds)
    {
        using Tensor turned = dy.t();
        if (ComputeType == WideType)
        {
            sum.addmm_(turned, x, beta: adds ? 1 : 0, alpha: 1);
            return;
        }
        // By slices: the head's product would map a fresh 50 MB each time, and leave the cache before it is added.
        long slice = Math.Max(1, SliceNumbers / x.size(1));
        for (long row = 0; row < turned.size(0); row += slice)
        {
            long rows = Math.Min(slice, turned.size(0) - row);
            using Tensor part = turned.narrow(0, row, rows);
            using Tensor sumPart = sum.narrow(0, row, rows);
            using Tensor product = Multiply(part, x);
            // The sum across micro-batches is wide; each term was accumulated wide inside the product.
            Accumulate(sumPart, product, adds);
        }
    }

    private const long SliceNumbers = 4 << 20;
}
