using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Simper.Kernels.Cpu;

/// <summary>silu(gate) · up and its gradient, a vector at a time (Shazeer 2020).</summary>
internal static class SwiGlu
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Unit<T>(Vector512<T> gate, Vector512<T> up)
        where T : unmanaged => gate * Sigmoid(gate) * up;

    /// <summary>dgate = du up σ (1 + gate (1 - σ)), dup = du gate σ; and the unit again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Gate, Vector512<T> Up, Vector512<T> Unit) GradientAndUnit<T>(
        Vector512<T> flowing,
        Vector512<T> gate,
        Vector512<T> up
    )
        where T : unmanaged
    {
        Vector512<T> sigmoid = Sigmoid(gate);
        Vector512<T> silu = gate * sigmoid;
        return (flowing * up * Lanes.MultiplyAdd(silu, Vector512<T>.One - sigmoid, sigmoid), flowing * silu, silu * up);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Sigmoid<T>(Vector512<T> x)
        where T : unmanaged
    {
        if (typeof(T) != typeof(float) || !Avx512F.IsSupported)
            return Vector512<T>.One / (Vector512<T>.One + Lanes.Exp(-x));
        // Division is the slowest thing here: an estimate of 14 bits and a step of Newton's instead. Below -80 the result is 0:
        // an infinite exponential would turn into NaN. The constant stands first, so that NaN itself passes.
        Vector512<float> d = Vector512<float>.One + Lanes.Exp(Avx512F.Min(Vector512.Create(80f), -x.As<T, float>()));
        Vector512<float> r = Avx512F.Reciprocal14(d);
        r *= Vector512.FusedMultiplyAdd(-d, r, Vector512.Create(2f));
        return Vector512
            .ConditionalSelect(Vector512.LessThan(x.As<T, float>(), Vector512.Create(-80f)), Vector512<float>.Zero, r)
            .As<float, T>();
    }
}
