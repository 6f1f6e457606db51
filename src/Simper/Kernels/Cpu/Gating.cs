using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>act(gate) · up and its gradient, a vector at a time (Shazeer 2020).</summary>
internal static class Gating<TActivation>
    where TActivation : struct, IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Gated<T>(Vector512<T> gate, Vector512<T> up)
        where T : unmanaged => TActivation.Value(gate) * up;

    /// <summary>dgate = dgated up act'(gate), dup = dgated act(gate); and act(gate) · up recomputed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Gate, Vector512<T> Up, Vector512<T> Gated) GradientAndGated<T>(
        Vector512<T> flowing,
        Vector512<T> gate,
        Vector512<T> up
    )
        where T : unmanaged
    {
        (Vector512<T> value, Vector512<T> slope) = TActivation.ValueAndSlope(gate);
        return (flowing * up * slope, flowing * value, value * up);
    }
}
