using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>x σ(x).</summary>
internal readonly struct Silu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Value<T>(Vector512<T> x)
        where T : unmanaged => x * Logistic.Sigmoid(x);

    /// <summary>The derivative: σ + x σ (1 - σ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Value, Vector512<T> Slope) ValueAndSlope<T>(Vector512<T> x)
        where T : unmanaged
    {
        Vector512<T> sigmoid = Logistic.Sigmoid(x);
        Vector512<T> silu = x * sigmoid;
        return (silu, Lanes.MultiplyAdd(silu, Vector512<T>.One - sigmoid, sigmoid));
    }
}
