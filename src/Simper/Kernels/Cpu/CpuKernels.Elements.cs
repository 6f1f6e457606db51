using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

// Norms, gates and sums: what reads each number once.
internal unsafe partial class CpuKernels<TCompute, TWide>
{
    public override (Tensor Output, Tensor InverseRms) Norm(Tensor x, Tensor weight, double epsilon)
    {
        Tensor inverseRms = Empty(WideType, x.size(0));
        return (Norm(x, weight, inverseRms, epsilon, knowsRms: false), inverseRms);
    }

    public override Tensor NormAgain(Tensor x, Tensor weight, Tensor inverseRms) =>
        Norm(x, weight, inverseRms, 0, knowsRms: true);

    private Tensor Norm(Tensor x, Tensor weight, Tensor inverseRms, double epsilon, bool knowsRms)
    {
        Tensor output = Empty(ComputeType, x.size(0), x.size(1));
        Workers.Run(
            new RmsNormKernel<TCompute, TWide>.Forward
            {
                X = Wide(x),
                Weight = Wide(weight),
                InverseRms = Wide(inverseRms),
                Output = Compute(output),
                Rows = x.size(0),
                Width = (int)x.size(1),
                Epsilon = epsilon,
                KnowsRms = knowsRms,
            },
            RmsNormKernel<TCompute, TWide>.Blocks(x.size(0))
        );
        return output;
    }

    public override Tensor NormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseRms,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    )
    {
        Tensor result = Empty(WideType, x.size(0), x.size(1));
        int blocks = RmsNormKernel<TCompute, TWide>.Blocks(x.size(0));
        using Tensor parts = Empty(WideType, blocks, x.size(1));
        Workers.Run(
            new RmsNormKernel<TCompute, TWide>.Backward
            {
                Flowing = Compute(dy),
                X = Wide(x),
                Weight = Wide(weight),
                InverseRms = Wide(inverseRms),
                Residual = residual is null ? null : Wide(residual),
                Result = Wide(result),
                WeightParts = Wide(parts),
                Rows = x.size(0),
                Width = (int)x.size(1),
            },
            blocks
        );
        if (weightGradient is not null)
        {
            using Tensor sum = parts.sum([0L]); // a bare 0 would be read as a ScalarType
            weightGradient.PlusInPlace(sum);
        }
        return result;
    }

    public override Tensor Add(Tensor a, Tensor b)
    {
        Tensor result = Empty(WideType, a.size(0), a.size(1));
        Sum(a, b, result);
        return result;
    }

    public override Tensor Round(Tensor x)
    {
        if (ComputeType == WideType)
            return x.alias();
        Tensor result = Empty(ComputeType, x.size(0), x.size(1));
        Workers.Run(
            new ElementKernels<TCompute, TWide>.Round
            {
                X = Wide(x),
                Result = Compute(result),
                Numbers = x.numel(),
            },
            ElementKernels<TCompute, TWide>.Blocks(x.numel())
        );
        return result;
    }

    private static void Accumulate(Tensor sum, Tensor term, bool adds)
    {
        if (adds)
            Sum(sum, term, sum);
        else
            Workers.Run(
                new ElementKernels<TCompute, TWide>.Widen
                {
                    X = Compute(term),
                    Result = Wide(sum),
                    Numbers = term.numel(),
                },
                ElementKernels<TCompute, TWide>.Blocks(term.numel())
            );
    }

    private static void Sum(Tensor a, Tensor b, Tensor result) =>
        Workers.Run(
            new ElementKernels<TCompute, TWide>.Sum
            {
                A = Wide(a),
                B = Compute(b),
                Result = Wide(result),
                Numbers = a.numel(),
            },
            ElementKernels<TCompute, TWide>.Blocks(a.numel())
        );

    public override Tensor Gate(Tensor gateUp, Activation activation) =>
        activation switch
        {
            Activation.Silu => Gate<Silu>(gateUp),
            Activation.GeluTanh => Gate<GeluTanh>(gateUp),
            Activation.Gelu => Gate<Gelu>(gateUp),
            _ => throw Unknown(activation),
        };

    private Tensor Gate<TActivation>(Tensor gateUp)
        where TActivation : struct, IActivation
    {
        int inner = (int)gateUp.size(1) / 2;
        Tensor result = Empty(ComputeType, gateUp.size(0), inner);
        Workers.Run(
            new GateKernels<TCompute, TWide, TActivation>.Forward
            {
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Inner = inner,
            },
            (int)gateUp.size(0)
        );
        return result;
    }

    public override Tensor GateBackward(Tensor gradient, Tensor gateUp, Activation activation) =>
        activation switch
        {
            Activation.Silu => GateBackward<Silu>(gradient, gateUp),
            Activation.GeluTanh => GateBackward<GeluTanh>(gradient, gateUp),
            Activation.Gelu => GateBackward<Gelu>(gradient, gateUp),
            _ => throw Unknown(activation),
        };

    private Tensor GateBackward<TActivation>(Tensor gradient, Tensor gateUp)
        where TActivation : struct, IActivation
    {
        Tensor result = Empty(ComputeType, gateUp.size(0), gateUp.size(1));
        Workers.Run(
            new GateKernels<TCompute, TWide, TActivation>.Backward
            {
                Flowing = Compute(gradient),
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Inner = (int)gateUp.size(1) / 2,
            },
            (int)gateUp.size(0)
        );
        return result;
    }

    protected static ArgumentOutOfRangeException Unknown(Activation activation) =>
        new(nameof(activation), activation, "No kernel has this activation.");
}
