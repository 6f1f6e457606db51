using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Simper.Kernels;

/// <summary>silu(gate) · up and its gradient, a vector at a time (Shazeer 2020).</summary>
internal static class SwiGlu
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Unit<T>(Vector512<T> gate, Vector512<T> up) where T : unmanaged => gate * Sigmoid(gate) * up;

    /// <summary>dgate = du up σ (1 + gate (1 - σ)), dup = du gate σ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Gate, Vector512<T> Up) Gradient<T>(Vector512<T> flowing, Vector512<T> gate, Vector512<T> up) where T : unmanaged
    {
        Vector512<T> sigmoid = Sigmoid(gate), silu = gate * sigmoid;
        return (flowing * up * Lanes.MultiplyAdd(silu, Vector512<T>.One - sigmoid, sigmoid), flowing * silu);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Sigmoid<T>(Vector512<T> x) where T : unmanaged => Vector512<T>.One / (Vector512<T>.One + Lanes.Exp(-x));
}
