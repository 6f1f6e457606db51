using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

// Gates and sums: what reads each number once.
internal unsafe partial class CpuKernels<TCompute, TWide>
{
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
