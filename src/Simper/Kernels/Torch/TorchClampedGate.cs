using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>The clamped gate and its gradient (<see cref="KernelSet.ClampedGate"/>).</summary>
internal static class TorchClampedGate
{
    public static Tensor Forward(Tensor gateUp, GateClamp clamp, Precision precision)
    {
        using var scope = NewDisposeScope();
        (Tensor gate, Tensor up) = TorchGate.Halves(gateUp, precision);
        Tensor g = gate.AtMost(clamp.Limit);
        Tensor u = up.AtMost(clamp.Limit).AtLeast(-clamp.Limit);
        return (g * g.Times(clamp.Slope).sigmoid() * u.Plus(1L)).to(precision.Compute).MoveToOuterDisposeScope();
    }

    public static Tensor Backward(Tensor gradient, Tensor gateUp, GateClamp clamp, Precision precision)
    {
        using var scope = NewDisposeScope();
        (Tensor gate, Tensor up) = TorchGate.Halves(gateUp, precision);
        Tensor flowing = gradient.to(precision.Wide);
        Tensor g = gate.AtMost(clamp.Limit);
        Tensor u = up.AtMost(clamp.Limit).AtLeast(-clamp.Limit);
        Tensor sigmoid = g.Times(clamp.Slope).sigmoid();
        Tensor activated = g * sigmoid;
        Tensor slope = sigmoid.Plus(activated.Times(clamp.Slope) * sigmoid.neg().Plus(1L));
        return TorchGate
            .SideBySide(
                gateUp,
                (flowing * u.Plus(1L) * slope).Masked(gate.IsAbove(clamp.Limit), 0),
                (flowing * activated).Masked(up.abs().IsAbove(clamp.Limit), 0),
                precision
            )
            .MoveToOuterDisposeScope();
    }
}
