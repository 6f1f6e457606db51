using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>
/// Activations and their slopes. Two of them are x σ(z): with z = x for SiLU, and with z = √(8/π) (x + 0.044715 x³) for GELU
/// by tanh, because (1 + tanh u) / 2 = σ(2 u), which avoids the cancellation in 1 + tanh u; GELU proper is
/// x erfc(-x / √2) / 2.
/// </summary>
internal static class TorchActivation
{
    private const double Cubic = 0.044715;
    private static readonly double Steepness = Math.Sqrt(8 / Math.PI);

    // σ(z) is 0 or 1 beyond, in all dtypes; the cube of a larger value might be infinite.
    private const double Saturated = 64;

    /// <summary>act(x), compute.</summary>
    public static Tensor Forward(Tensor x, Activation activation, Precision precision)
    {
        using var scope = NewDisposeScope();
        return Value(x.to(precision.Wide), activation).to(precision.Compute).MoveToOuterDisposeScope();
    }

    /// <summary>dy act'(x), compute.</summary>
    public static Tensor Backward(Tensor gradient, Tensor x, Activation activation, Precision precision)
    {
        using var scope = NewDisposeScope();
        (_, Tensor slope) = ValueAndSlope(x.to(precision.Wide), activation);
        return (gradient.to(precision.Wide) * slope).to(precision.Compute).MoveToOuterDisposeScope();
    }

    /// <summary>act(x) of a wide tensor.</summary>
    public static Tensor Value(Tensor x, Activation activation) =>
        activation == Activation.Gelu ? x * Distribution(x) : x * Exponent(x, activation, withSlope: false).Exponent.sigmoid();

    /// <summary>act(x) and act'(x) of a wide tensor.</summary>
    public static (Tensor Value, Tensor Slope) ValueAndSlope(Tensor x, Activation activation)
    {
        if (activation == Activation.Gelu)
        {
            Tensor distribution = Distribution(x);
            Tensor near = Near(x);
            Tensor density = (near * near).Times(-0.5).exp_().Times(1 / Math.Sqrt(2 * Math.PI));
            return (x * distribution, distribution.Plus(near * density));
        }
        (Tensor exponent, Tensor? slope) = Exponent(x, activation, withSlope: true);
        Tensor sigmoid = exponent.sigmoid();
        Tensor activated = x * sigmoid;
        Tensor rest = activated * sigmoid.neg().Plus(1L);
        return (activated, sigmoid.Plus(slope is null ? rest : rest * slope));
    }

    // Φ
    private static Tensor Distribution(Tensor x) => Near(x).Times(-Math.Sqrt(0.5)).erfc().Times(0.5);

    private static Tensor Near(Tensor x) => x.AtLeast(-Saturated).AtMost(Saturated);

    /// <summary>z, and dz/dx if it is not 1.</summary>
    private static (Tensor Exponent, Tensor? Slope) Exponent(Tensor x, Activation activation, bool withSlope)
    {
        if (activation == Activation.Silu)
            return (x, null);
        Tensor near = Near(x);
        Tensor cubic = (near * near).Times(Cubic);
        return ((near * cubic.Plus(1L)).Times(Steepness), withSlope ? cubic.Times(3L).Plus(1L).Times(Steepness) : null);
    }
}
