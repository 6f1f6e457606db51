using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

// The plain MLP's activations, and the clamped gate.
internal unsafe partial class CpuKernels<TCompute, TWide>
{
    public override Tensor Activate(Tensor x, Activation activation) =>
        activation switch
        {
            Activation.Silu => Activate<Silu>(x),
            Activation.GeluTanh => Activate<GeluTanh>(x),
            Activation.Gelu => Activate<Gelu>(x),
            _ => throw Unknown(activation),
        };

    private Tensor Activate<TActivation>(Tensor x)
        where TActivation : struct, IActivation
    {
        Tensor result = Empty(ComputeType, x.size(0), x.size(1));
        Workers.Run(
            new ActivationKernels<TCompute, TWide, TActivation>.Forward
            {
                X = Compute(x),
                Result = Compute(result),
                Inner = (int)x.size(1),
            },
            (int)x.size(0)
        );
        return result;
    }

    public override Tensor ActivateBackward(Tensor gradient, Tensor x, Activation activation) =>
        activation switch
        {
            Activation.Silu => ActivateBackward<Silu>(gradient, x),
            Activation.GeluTanh => ActivateBackward<GeluTanh>(gradient, x),
            Activation.Gelu => ActivateBackward<Gelu>(gradient, x),
            _ => throw Unknown(activation),
        };

    private Tensor ActivateBackward<TActivation>(Tensor gradient, Tensor x)
        where TActivation : struct, IActivation
    {
        Tensor result = Empty(ComputeType, x.size(0), x.size(1));
        Workers.Run(
            new ActivationKernels<TCompute, TWide, TActivation>.Backward
            {
                Flowing = Compute(gradient),
                X = Compute(x),
                Result = Compute(result),
                Inner = (int)x.size(1),
            },
            (int)x.size(0)
        );
        return result;
    }

    public override Tensor ClampedGate(Tensor gateUp, GateClamp clamp)
    {
        int inner = (int)gateUp.size(1) / 2;
        Tensor result = Empty(ComputeType, gateUp.size(0), inner);
        Workers.Run(
            new ClampedGateKernels<TCompute, TWide>.Forward
            {
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Inner = inner,
                Clamp = clamp,
            },
            (int)gateUp.size(0)
        );
        return result;
    }

    public override Tensor ClampedGateBackward(Tensor gradient, Tensor gateUp, GateClamp clamp)
    {
        Tensor result = Empty(ComputeType, gateUp.size(0), gateUp.size(1));
        Workers.Run(
            new ClampedGateKernels<TCompute, TWide>.Backward
            {
                Flowing = Compute(gradient),
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Inner = (int)gateUp.size(1) / 2,
                Clamp = clamp,
            },
            (int)gateUp.size(0)
        );
        return result;
    }

    public override void AddSinks(Tensor output, Tensor logSumExp, Tensor sinks)
    {
        int heads = (int)sinks.size(0);
        Workers.Run(
            new SinkKernel<TCompute, TWide>
            {
                Output = Compute(output),
                LogSumExp = Wide(logSumExp),
                Sinks = Wide(sinks),
                Heads = heads,
                HeadWidth = (int)output.size(1) / heads,
            },
            (int)output.size(0)
        );
    }
}
