using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>
/// The backward pass of a soft cap as a type argument: loops without one are compiled as if caps did not exist.
/// </summary>
internal interface ICap<T>
    where T : unmanaged
{
    /// <summary>The gradient before the cap, from that after it.</summary>
    Vector512<T> Through(Vector512<T> capped, Vector512<T> gradient);
}

/// <summary>No cap.</summary>
internal readonly struct NoCap<T> : ICap<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Through(Vector512<T> capped, Vector512<T> gradient) => gradient;
}

/// <summary>For cap · tanh(x / cap): times 1 - (capped / cap)².</summary>
internal readonly struct TanhCap<T>(double cap) : ICap<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<T> Through(Vector512<T> capped, Vector512<T> gradient)
    {
        // A score masked after the cap is minus infinity, and zero times infinity is NaN.
        Vector512<T> tanh = Vector512.Max(capped * Lanes.Create<T>(1 / cap), Lanes.Create<T>(-1));
        return gradient * Lanes.MultiplyAdd(-tanh, tanh, Vector512<T>.One);
    }
}
