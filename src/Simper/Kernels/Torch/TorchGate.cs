using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>
/// act(gate) · up and its gradient. Both activations are x σ(z): with z = x for SiLU, and with z = √(8/π) (x + 0.044715 x³)
/// for GELU, because (1 + tanh u) / 2 = σ(2 u), which avoids the cancellation in 1 + tanh u.
/// </summary>
internal static class TorchGate
{
    private const double Cubic = 0.044715;
    private static readonly double Slope = Math.Sqrt(8 / Math.PI);

    // σ(z) is 0 or 1 beyond, in all dtypes; the cube of a larger value might be infinite.
    private const double Saturated = 64;

    public static Tensor Forward(Tensor gateUp, Activation activation, Precision precision)
    {
        using var scope = NewDisposeScope();
        (Tensor gate, Tensor up) = Halves(gateUp, precision);
        (Tensor exponent, _) = Exponent(gate, activation, withSlope: false);
        return (gate * exponent.sigmoid() * up).to(precision.Compute).MoveToOuterDisposeScope();
    }

    public static Tensor Backward(Tensor gradient, Tensor gateUp, Activation activation, Precision precision)
    {
        using var scope = NewDisposeScope();
        (Tensor gate, Tensor up) = Halves(gateUp, precision);
        Tensor flowing = gradient.to(precision.Wide);
        (Tensor exponent, Tensor? slope) = Exponent(gate, activation, withSlope: true);
        Tensor sigmoid = exponent.sigmoid();
        Tensor activated = gate * sigmoid;
        Tensor rest = activated * sigmoid.neg().Plus(1L);
        Tensor derivative = sigmoid.Plus(slope is null ? rest : rest * slope);
        Tensor result = empty(gateUp.shape, dtype: precision.Compute, device: gateUp.device);
        long inner = gateUp.size(1) / 2;
        result.narrow(1, 0, inner).copy_(flowing * up * derivative);
        result.narrow(1, inner, inner).copy_(flowing * activated);
        return result.MoveToOuterDisposeScope();
    }

    private static (Tensor Gate, Tensor Up) Halves(Tensor gateUp, Precision precision)
    {
        long inner = gateUp.size(1) / 2;
        return (gateUp.narrow(1, 0, inner).to(precision.Wide), gateUp.narrow(1, inner, inner).to(precision.Wide));
    }

    /// <summary>z, and dz/dx if it is not 1.</summary>
    private static (Tensor Exponent, Tensor? Slope) Exponent(Tensor x, Activation activation, bool withSlope)
    {
        if (activation == Activation.Silu)
            return (x, null);
        Tensor near = x.AtLeast(-Saturated).AtMost(Saturated);
        Tensor cubic = (near * near).Times(Cubic);
        return ((near * cubic.Plus(1L)).Times(Slope), withSlope ? cubic.Times(3L).Plus(1L).Times(Slope) : null);
    }
}
