using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>
/// x (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³), as x σ(2u): mathematically equal, without the cancellation for x
/// far below zero.
/// </summary>
internal readonly struct GeluTanh : IActivation
{
    private const double Linear = 1.5957691216057308; // 2 √(2/π)
    private const double Cubic = Linear * 0.044715;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Value<T>(Vector512<T> x)
        where T : unmanaged
    {
        Vector512<T> near = Limited(x);
        return x * Sigmoid(near, near * near);
    }

    /// <summary>The derivative: σ + x σ (1 - σ) (2u)'.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Value, Vector512<T> Slope) ValueAndSlope<T>(Vector512<T> x)
        where T : unmanaged
    {
        Vector512<T> near = Limited(x);
        Vector512<T> square = near * near;
        Vector512<T> sigmoid = Sigmoid(near, square);
        Vector512<T> inner = Lanes.MultiplyAdd(square, Lanes.Create<T>(3 * Cubic), Lanes.Create<T>(Linear));
        return (x * sigmoid, Lanes.MultiplyAdd(near * sigmoid * inner, Vector512<T>.One - sigmoid, sigmoid));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Sigmoid<T>(Vector512<T> x, Vector512<T> square)
        where T : unmanaged => Logistic.Sigmoid(x * Lanes.MultiplyAdd(square, Lanes.Create<T>(Cubic), Lanes.Create<T>(Linear)));

    // Beyond this σ is 0 or 1, and cubes may become infinite. By comparisons, so that NaN propagates.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Limited<T>(Vector512<T> x)
        where T : unmanaged
    {
        Vector512<T> most = Lanes.Create<T>(30);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(Vector512.Abs(x), most), Vector512.CopySign(most, x), x);
    }
}
