using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>act(gate) · up and its gradient.</summary>
internal static class TorchGate
{
    public static Tensor Forward(Tensor gateUp, Activation activation, Precision precision)
    {
        using var scope = NewDisposeScope();
        (Tensor gate, Tensor up) = Halves(gateUp, precision);
        return (TorchActivation.Value(gate, activation) * up).to(precision.Compute).MoveToOuterDisposeScope();
    }

    public static Tensor Backward(Tensor gradient, Tensor gateUp, Activation activation, Precision precision)
    {
        using var scope = NewDisposeScope();
        (Tensor gate, Tensor up) = Halves(gateUp, precision);
        Tensor flowing = gradient.to(precision.Wide);
        (Tensor activated, Tensor slope) = TorchActivation.ValueAndSlope(gate, activation);
        return SideBySide(gateUp, flowing * up * slope, flowing * activated, precision).MoveToOuterDisposeScope();
    }

    /// <summary>Gate and up, wide.</summary>
    public static (Tensor Gate, Tensor Up) Halves(Tensor gateUp, Precision precision)
    {
        long inner = gateUp.size(1) / 2;
        return (gateUp.narrow(1, 0, inner).to(precision.Wide), gateUp.narrow(1, inner, inner).to(precision.Wide));
    }

    /// <summary>The gradients of gate and up in one tensor, compute.</summary>
    public static Tensor SideBySide(Tensor gateUp, Tensor gate, Tensor up, Precision precision)
    {
        Tensor result = empty(gateUp.shape, dtype: precision.Compute, device: gateUp.device);
        long inner = gateUp.size(1) / 2;
        result.narrow(1, 0, inner).copy_(gate);
        result.narrow(1, inner, inner).copy_(up);
        return result;
    }
}
